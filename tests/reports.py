"""Reports about undelivered mails as mail servers write them, with the number and address of one mail."""

from __future__ import annotations

NUMBER = "<0123456789abcdef0123456789abcdef01234567@verein.example>"
ADDRESS = "buchhaltung@werk.example"


def postfix(
    number=NUMBER, address=ADDRESS, *, action="failed", status="5.1.1", code="550 5.1.1 user unknown"
):
    """Return a report by RFC 3464, as Postfix writes it."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.verein.example (Mail Delivery System)
To: beitrag@verein.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <20270112.4711@mx.verein.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B1.4711/mx.verein.example"

This is a MIME-encapsulated message.

--B1.4711/mx.verein.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

<{address}>: host mx.werk.example[192.0.2.7] said: {code}
    (in reply to RCPT TO command)

--B1.4711/mx.verein.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.verein.example
Arrival-Date: Tue, 12 Jan 2027 09:30:00 +0100 (CET)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.werk.example
Diagnostic-Code: smtp; {code}

--B1.4711/mx.verein.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Verein <beitrag@verein.example>
To: {address}
Subject: Rechnung RE2027-0001
Message-ID: {number}
Content-Type: text/plain

Guten Tag, bei Fragen schreiben Sie an kasse@verein.example.

--B1.4711/mx.verein.example--
"""


HEAD_ONLY = (
    postfix()
    .replace("Content-Type: message/rfc822\n\n", "Content-Type: text/rfc822-headers\n\n")
    .replace("Guten Tag, bei Fragen schreiben Sie an kasse@verein.example.\n", "")
)
NO_RECIPIENT_FIELDS = postfix().replace("Original-Recipient", "X-Original").replace("rfc822; ", "")
STATUS_AS_TEXT = postfix().replace("Content-Type: message/delivery-status\n", "Content-Type: text/plain\n")
EXCHANGE = f"""\
From: postmaster@werk.example
To: beitrag@verein.example
Subject: Unzustellbar: Rechnung RE2027-0001
Content-Type: multipart/report; report-type=delivery-status; boundary=ABC

--ABC
Content-Type: multipart/alternative; boundary=DEF

--DEF
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

RmVobGVyIGJlaSBkZXIgTmFjaHJpY2h0ZW7DvGJlcm1pdHRsdW5n
--DEF--
--ABC
Content-Type: message/delivery-status

Reporting-MTA: dns;EX01.werk.example

Final-recipient: RFC822;{ADDRESS.upper()}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp;554 5.2.2 mailbox full;
 STOREDRV.Deliver: MapiExceptionShutoffQuotaExceeded

--ABC
Content-Type: message/rfc822

Message-Id: {NUMBER}
Subject: Rechnung RE2027-0001

text
--ABC--
"""
QMAIL = f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.werk.example
To: beitrag@verein.example
Subject: failure notice

Hi. This is the qmail-send program at mx.werk.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{ADDRESS}>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 unknown user
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Return-Path: <beitrag@verein.example>
From: Verein <beitrag@verein.example>
Message-ID: {NUMBER}
Subject: Rechnung RE2027-0001

Bitte schreiben Sie an kasse@verein.example.
"""
EXIM = f"""\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.werk.example>
X-Failed-Recipients: {ADDRESS},
  zweite@werk.example
Auto-Submitted: auto-generated
Subject: Mail delivery failed: returning message to sender
To: beitrag@verein.example

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error.

  {ADDRESS}
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

Return-path: <beitrag@verein.example>
Message-ID: {NUMBER}
"""
ABSENT = f"""\
From: Maren Brandt <{ADDRESS}>
To: beitrag@verein.example
Subject: Abwesend: Rechnung RE2027-0001
Auto-Submitted: auto-replied
In-Reply-To: {NUMBER}
References: {NUMBER}

Ich bin bis 550 nicht im Haus; meine Vertretung ist {ADDRESS}. Ihre Mail wird nicht weitergeleitet (5.1.1).
"""
READ = f"""\
From: <{ADDRESS}>
Subject: Gelesen: Rechnung RE2027-0001
Content-Type: multipart/report; report-type=disposition-notification; boundary=X

--X
Content-Type: text/plain

Ihre Nachricht wurde gelesen.
--X
Content-Type: message/disposition-notification

Final-Recipient: rfc822;{ADDRESS}
Original-Message-ID: {NUMBER}
Disposition: manual-action/MDN-sent-manually; displayed
--X--
"""
FORWARDED = f"""\
From: Kollege <kollege@verein.example>
Subject: WG: Unzustellbar

Schau mal, das kam zurück (550 5.1.1):

Final-Recipient: rfc822; {ADDRESS}
Action: failed
Status: 5.1.1
Message-ID: {NUMBER}
"""
