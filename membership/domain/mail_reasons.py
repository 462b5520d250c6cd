"""Why a mail could not be handed in, in plain words: message ids that pages and commands translate."""

from __future__ import annotations

from typing import Final

from membership.domain.errors import N_

NO_HOST: Final = N_("There is no mail server of this name. Check the name of the server.")
NO_CONNECTION: Final = N_("The mail server does not answer. Check server and port; it may be switched off.")
TOO_SLOW: Final = N_("The mail server did not answer within 30 seconds.")
NOT_SMTP: Final = N_("What answers there is not a mail server. Check server, port and encryption.")
CLOSED: Final = N_("The mail server closed the connection.")
NO_STARTTLS: Final = N_("The mail server offers no STARTTLS. Choose another encryption or port.")
TLS_FAILED: Final = N_(
    "The encrypted connection failed: the certificate or the kind of encryption does not fit."
)
NO_LOGIN: Final = N_(
    "The mail server offers no sign-in here. Check port and encryption, or leave the user empty."
)
LOGIN_REFUSED: Final = N_("The mail server refused the sign-in. Check user name and password.")
SENDER_REFUSED: Final = N_("The mail server does not accept this sender. Check the sender's address.")
SERVER_BUSY: Final = N_("The mail server takes no mail at the moment.")
LATER: Final = N_("The mail server asked to try again later.")
RECIPIENT_REFUSED: Final = N_("The mail server does not accept this recipient.")
MAIL_REFUSED: Final = N_("The mail server refused the mail.")
BROKEN_OFF: Final = N_(
    "The connection broke off after the mail was handed over. Whether it arrived is not known."
)
WORKER_GONE: Final = N_(
    "The program ended while the mail was being handed over. Whether it arrived is not known."
)
RESTORED: Final = N_(
    "A backup was restored that still had this mail to send. Whether it went out since is not known."
)
ADDRESS_WRONG: Final = N_("This is not the address of one mailbox.")
TOO_LATE: Final = N_("There was no time left to hand the mail over.")
GIVEN_UP: Final = N_("The mail server asked for later again and again, for five days.")
NOT_MADE: Final = N_("The mail could not be written: a text or a document is missing.")
DEMONSTRATION: Final = N_(
    "The demonstration sends nothing out of the house. It hands mail to a server on this machine only."
)
NO_SERVER: Final = N_("No mail server is set up.")
