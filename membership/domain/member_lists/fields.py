"""What a column of a member list can mean, and the headings by which offices call it."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from membership.domain.phrases import Phrase, phrase


class Field(StrEnum):
    """A field that a column can fill; the value is the word of a mapping file."""

    NUMBER = "number"
    NAME = "name"
    LEGAL_FORM = "legal_form"
    CATEGORY = "category"
    STATE = "state"
    START = "start"
    END = "end"
    ADDRESS = "address"
    STREET = "street"
    HOUSE_NUMBER = "house_number"
    PLACE = "place"
    POSTCODE = "postcode"
    CITY = "city"
    COUNTRY = "country"
    INVOICE_EMAIL = "invoice_email"
    EMAIL = "email"
    PHONE = "phone"
    CONTACT = "contact"
    SALUTATION = "salutation"
    TITLE = "title"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FUNCTIONS = "functions"
    HEADCOUNT = "headcount"
    FTE = "fte"
    TURNOVER = "turnover_eur"
    SITES = "sites"
    AREA = "area_m2"
    INHABITANTS = "inhabitants"
    INVOICE_NAME = "invoice_name"
    INVOICE_EXTRA = "invoice_extra"
    INVOICE_STREET = "invoice_street"
    INVOICE_POSTCODE = "invoice_postcode"
    INVOICE_CITY = "invoice_city"
    INVOICE_COUNTRY = "invoice_country"
    REGISTER_ENTRY = "register_entry"
    TAX_NUMBER = "tax_number"
    VAT_ID = "vat_id"
    LEITWEG_ID = "leitweg_id"
    ORDER_NUMBER = "order_number"
    COST_CENTRE = "cost_centre"
    INVOICE_FORMAT = "invoice_format"
    ORDER_WISH = "order_wish"
    INVOICE_WAY = "invoice_way"
    IBAN = "iban"
    ACCOUNT_HOLDER = "account_holder"
    PAYMENT_METHOD = "payment_method"
    LANGUAGE = "language"
    GROUP = "group"
    ATTRIBUTES = "attributes"
    PREVIOUS = "previous_amount"
    OPEN = "open_amount"
    NOTE = "note"


BASES: Final = (Field.HEADCOUNT, Field.FTE, Field.TURNOVER, Field.SITES, Field.AREA, Field.INHABITANTS)
"""The fields that are basis values; their words are the names of `domain.md` DUE-6."""

SEVERAL: Final = frozenset({Field.INVOICE_EMAIL, Field.EMAIL, Field.PHONE, Field.ATTRIBUTES})
"""The fields that may stand in several columns at once."""

LABELS: Final[dict[Field, Phrase]] = {
    Field.NUMBER: phrase("Member number"),
    Field.NAME: phrase("Company"),
    Field.LEGAL_FORM: phrase("Legal form"),
    Field.CATEGORY: phrase("Category"),
    Field.STATE: phrase("Status"),
    Field.START: phrase("Member since"),
    Field.END: phrase("Left on"),
    Field.ADDRESS: phrase("Address in one cell"),
    Field.STREET: phrase("Street"),
    Field.HOUSE_NUMBER: phrase("House number"),
    Field.PLACE: phrase("Postcode and city"),
    Field.POSTCODE: phrase("Postcode"),
    Field.CITY: phrase("City"),
    Field.COUNTRY: phrase("Country"),
    Field.INVOICE_EMAIL: phrase("Invoice e-mail"),
    Field.EMAIL: phrase("E-mail"),
    Field.PHONE: phrase("Phone"),
    Field.CONTACT: phrase("Contact"),
    Field.SALUTATION: phrase("Salutation"),
    Field.TITLE: phrase("Title of the contact"),
    Field.FIRST_NAME: phrase("First name"),
    Field.LAST_NAME: phrase("Last name"),
    Field.FUNCTIONS: phrase("Functions of the contact"),
    Field.HEADCOUNT: phrase("Number of employees"),
    Field.FTE: phrase("Full-time equivalents"),
    Field.TURNOVER: phrase("Turnover in euros"),
    Field.SITES: phrase("Number of sites"),
    Field.AREA: phrase("Area in m²"),
    Field.INHABITANTS: phrase("Number of inhabitants"),
    Field.INVOICE_NAME: phrase("Invoice address: name"),
    Field.INVOICE_EXTRA: phrase("Invoice address: address line"),
    Field.INVOICE_STREET: phrase("Invoice address: street"),
    Field.INVOICE_POSTCODE: phrase("Invoice address: postcode"),
    Field.INVOICE_CITY: phrase("Invoice address: city"),
    Field.INVOICE_COUNTRY: phrase("Invoice address: country"),
    Field.REGISTER_ENTRY: phrase("Register entry"),
    Field.TAX_NUMBER: phrase("Tax number"),
    Field.VAT_ID: phrase("VAT id"),
    Field.LEITWEG_ID: phrase("Leitweg-ID"),
    Field.ORDER_NUMBER: phrase("Order number"),
    Field.COST_CENTRE: phrase("Cost centre"),
    Field.INVOICE_FORMAT: phrase("Form of the e-invoice"),
    Field.ORDER_WISH: phrase("Order number before the invoice"),
    Field.INVOICE_WAY: phrase("How invoices are sent"),
    Field.IBAN: phrase("IBAN"),
    Field.ACCOUNT_HOLDER: phrase("Account holder"),
    Field.PAYMENT_METHOD: phrase("Payment method"),
    Field.LANGUAGE: phrase("Language"),
    Field.GROUP: phrase("Group of companies"),
    Field.ATTRIBUTES: phrase("Tags"),
    Field.PREVIOUS: phrase("Last year's amount"),
    Field.OPEN: phrase("Open amount"),
    Field.NOTE: phrase("Note"),
}

_GERMAN: Final[dict[Field, str]] = {
    Field.NUMBER: "Nr, Nummer, Mitgliedsnummer, Mitgliedsnr, Mitgliednr, Mitgliedernr, Mitgliedernummer, Mitglied Nr,"
    " Mitgl-Nr, Mgl-Nr, MglNr, MNr, Mitglied-ID, Mitglieds-ID, Mitgliedskennung, Kundennummer, Kunden-Nr",
    Field.NAME: "Firma, Firmenname, Firmenbezeichnung, Name der Firma, Unternehmen, Unternehmensname, Name, Mitglied,"
    " Mitgliedsname, Mitgliedsfirma, Mitgliedsunternehmen, Betrieb, Organisation, Institution, Einrichtung,"
    " Name des Mitglieds, Name des Unternehmens, Firma / Institution, Name / Firma, Firma / Name,"
    " Unternehmen / Institution, Mitgliederliste",
    Field.LEGAL_FORM: "Rechtsform, Gesellschaftsform, Unternehmensform",
    Field.CATEGORY: "Kategorie, Art, Mitgliedskategorie, Beitragskategorie, Beitragsgruppe, Mitgliedsart,"
    " Mitgliedschaftsart,"
    " Art der Mitgliedschaft, Mitgliedstyp, Mitgliedergruppe, Mitgliedsgruppe, Mitgliedsstatus, Mitgliedschaft",
    Field.STATE: "Status, Zustand, Stand der Mitgliedschaft",
    Field.START: "Eintritt, Eintrittsdatum, Mitglied seit, Beitritt, Beitrittsdatum, Mitgliedschaft seit, seit, Beginn,"
    " Mitglied ab, Aufnahme, Aufnahmedatum, Eintritt am, Beginn der Mitgliedschaft, dabei seit, Eintrittsjahr",
    Field.END: "Austritt, Austrittsdatum, Austritt zum, Ende, Mitglied bis, ausgetreten am, ausgetreten, Kündigung zum,"
    " gekündigt zum, Mitgliedschaft bis, Ende der Mitgliedschaft, Austritt am",
    Field.ADDRESS: "Anschrift, Adresse, Postanschrift, Rechnungsanschrift, Rechnungsadresse, Firmenanschrift,"
    " Firmenadresse, Postadresse",
    Field.STREET: "Straße, Str, Strasse und Hausnummer, Straße Hausnummer, Straße Nr, Straße + Nr, Straße u Nr,"
    " Straße und Nr, Straße Hausnr, Straße/Postfach",
    Field.HOUSE_NUMBER: "Hausnummer, Hausnr, Haus-Nr, HNr",
    Field.PLACE: "PLZ/Ort, PLZ Ort, PLZ und Ort, PLZ + Ort, PLZ Stadt, Postleitzahl Ort, Postleitzahl und Ort",
    Field.POSTCODE: "PLZ, Postleitzahl",
    Field.CITY: "Ort, Stadt, Wohnort, Firmensitz, Sitz, Ortschaft",
    Field.COUNTRY: "Land, Staat, Länderkennung, Ländercode, Länderkürzel",
    Field.INVOICE_EMAIL: "Rechnungsmail, Rechnungs-E-Mail, E-Mail Rechnung, Mail Rechnung, Rechnung E-Mail,"
    " E-Mail für Rechnungen, Mail für Rechnung, Rechnungsempfang, E-Mail Buchhaltung, Buchhaltung E-Mail",
    Field.EMAIL: "E-Mail, Mail, Mailadresse, E-Mail-Adresse, E-Mail-Adressen, Mailadressen, E-Mails, Kontakt E-Mail,"
    " Ansprechpartner E-Mail, Ansprechpartner Mail, E-Mail Ansprechpartner, elektronische Post",
    Field.PHONE: "Telefon, Tel, Telefonnummer, Telefonnr, Fon, Rufnummer, Mobil, Handy, Mobilnummer, Kontakt Telefon,"
    " Ansprechpartner Telefon, Telefon Zentrale",
    Field.CONTACT: "Ansprechpartner, Ansprechpartnerin, Ansprechperson, Kontakt, Kontaktperson, Ansprechpartner/in,"
    " Ansprechpartner Name, Kontakt Name, Kontaktperson Name, Geschäftsführer, Geschäftsführung, Vertreter,"
    " Name Ansprechpartner, Inhaber",
    Field.SALUTATION: "Anrede, Ansprechpartner Anrede, Kontakt Anrede",
    Field.TITLE: "Titel, akademischer Titel, Ansprechpartner Titel, Kontakt Titel",
    Field.FIRST_NAME: "Vorname, Ansprechpartner Vorname, Kontakt Vorname, Vorname Ansprechpartner",
    Field.LAST_NAME: "Nachname, Familienname, Zuname, Ansprechpartner Nachname, Kontakt Nachname,"
    " Nachname Ansprechpartner",
    Field.FUNCTIONS: "Funktion, Funktionen, Rolle, Rollen, Ansprechpartner Funktion, Kontakt Funktion, Position",
    Field.HEADCOUNT: "MA, Mitarbeiter, Mitarbeitende, Mitarbeiterzahl, Mitarbeiteranzahl, Beschäftigte,"
    " Beschäftigtenzahl,"
    " Anzahl Mitarbeiter, Anzahl MA, Anzahl Beschäftigte, Anzahl der Beschäftigten, Anzahl der Mitarbeiter, MA-Zahl,"
    " Zahl der Beschäftigten, MA Anzahl, Mitarbeiter Anzahl, Beschäftigte Anzahl, MitarbeiterInnen, Köpfe,"
    " Mitarbeiter/innen, Belegschaft, Anzahl Mitarbeitende, Personal",
    Field.FTE: "Vollzeitstellen, Vollzeitäquivalente, Vollzeitäquivalent, VZÄ, VZK, Vollzeitkräfte, Anzahl VZÄ",
    Field.TURNOVER: "Umsatz, Jahresumsatz, Umsatzerlöse, Umsatz EUR, Umsatz netto",
    Field.SITES: "Standorte, Anzahl Standorte, Betriebsstätten, Niederlassungen, Filialen, Anzahl Filialen",
    Field.AREA: "Fläche, Grundstücksfläche, Fläche m2, Fläche qm, Betriebsfläche, Quadratmeter",
    Field.INHABITANTS: "Einwohner, Einwohnerzahl, Anzahl Einwohner, EW",
    Field.INVOICE_NAME: "Rechnungsempfänger, Rechnung an, Rechnungsname, Name Rechnung, Firma Rechnung, Name der"
    " Rechnungsanschrift, Rechnungsanschrift Name, Rechnungsadresse Name",
    Field.INVOICE_EXTRA: "Rechnung Adresszusatz, Rechnungsanschrift Zusatz, Rechnungsadresse Zusatz, Zusatz Rechnung",
    Field.INVOICE_STREET: "Rechnung Straße, Straße Rechnung, Rechnungsstraße, Rechnungsanschrift Straße,"
    " Rechnungsadresse Straße",
    Field.INVOICE_POSTCODE: "Rechnung PLZ, PLZ Rechnung, Rechnungs-PLZ, Rechnungsanschrift PLZ, Rechnungsadresse PLZ",
    Field.INVOICE_CITY: "Rechnung Ort, Ort Rechnung, Rechnungsort, Rechnungsanschrift Ort, Rechnungsadresse Ort",
    Field.INVOICE_COUNTRY: "Rechnung Land, Land Rechnung, Rechnungsland, Rechnungsanschrift Land,"
    " Rechnungsadresse Land",
    Field.REGISTER_ENTRY: "Registereintrag, Handelsregister, Handelsregistereintrag, Handelsregisternummer, HRB,"
    " HRB-Nr, HR-Nummer, Registernummer, Register, Vereinsregister, Registergericht und Nummer",
    Field.TAX_NUMBER: "Steuernummer, Steuer-Nr, StNr, Steuernr",
    Field.VAT_ID: "USt-IdNr, USt-Id, UStID, USt-ID-Nr, UID, UID-Nummer, Umsatzsteuer-Identifikationsnummer,"
    " Umsatzsteuer-ID, USt-Identnummer, UStIdentNr",
    Field.LEITWEG_ID: "Leitweg-ID, LeitwegID, Leitweg",
    Field.ORDER_NUMBER: "Bestellnummer, Bestell-Nr, Auftragsnummer, Bestellzeichen, Ihre Bestellnummer",
    Field.COST_CENTRE: "Kostenstelle, KST, Kst., Ihre Kostenstelle, Kostenstelle des Mitglieds",
    Field.INVOICE_FORMAT: "Rechnungsformat, E-Rechnung, Form der E-Rechnung, Format der Rechnung, E-Rechnungsformat,"
    " XRechnung, ZUGFeRD",
    Field.ORDER_WISH: "Bestellnummer vor Rechnung, Bestellnummer vor der Rechnung, Bestellnummer anfordern,"
    " Bestellnummer nötig, Bestellnummer erforderlich, Bestellnummernpflicht, Bestellpflicht",
    Field.INVOICE_WAY: "Rechnungsversand, Versandart, Versandweg, Rechnung auf Papier, Papierrechnung,"
    " Rechnung per Post",
    Field.IBAN: "IBAN, Bankverbindung IBAN, Kontonummer IBAN, Konto IBAN",
    Field.ACCOUNT_HOLDER: "Kontoinhaber, Kontoinhaberin, Konto-Inhaber, Bankverbindung Kontoinhaber",
    Field.PAYMENT_METHOD: "Zahlungsart, Zahlungsweise, Zahlweise, Zahlart, Zahlungsweg, Bezahlart, Lastschrift,"
    " SEPA-Lastschrift, Einzug, Einzugsermächtigung, Bankeinzug",
    Field.LANGUAGE: "Sprache, Korrespondenzsprache, Rechnungssprache",
    Field.GROUP: "Konzern, Unternehmensgruppe, Firmengruppe, Konzernzugehörigkeit, Firmenverbund",
    Field.ATTRIBUTES: "Merkmale, Merkmal, Schlagworte, Schlagwort, Schlagwörter, Kennzeichen, Tags",
    Field.PREVIOUS: "Beitrag, Jahresbeitrag, Mitgliedsbeitrag, letzter Beitrag, Beitrag Vorjahr, Vorjahresbeitrag,"
    " Beitrag letztes Jahr, bisheriger Beitrag, Beitragshöhe, Betrag, Beitrag EUR, alter Beitrag, Beitrag bisher",
    Field.OPEN: "offen, offener Betrag, offene Posten, Offener Posten, OP, Rückstand, Beitragsrückstand,"
    " offene Beiträge,"
    " Außenstand, Außenstände, offene Forderung, noch offen",
    Field.NOTE: "Bemerkung, Bemerkungen, Notiz, Notizen, Anmerkung, Anmerkungen, Kommentar, Hinweise",
}
_ENGLISH: Final[dict[Field, str]] = {
    Field.NUMBER: "No, Number, Member No, Member number, Member ID, Membership number, Membership no, Membership ID",
    Field.NAME: "Company, Company name, Organisation name, Organization, Organization name, Member, Member name,"
    " Business, Business name, Member company, Account name",
    Field.LEGAL_FORM: "Legal form, Legal status, Company type",
    Field.CATEGORY: "Category, Member category, Membership category, Membership type, Member type, Type of membership,"
    " Membership class, Membership level, Dues category",
    Field.STATE: "State, Member status, Membership status",
    Field.START: "Joined, Joined on, Join date, Joining date, Member since, Start, Start date, Date joined, Since,"
    " Date of joining, Membership start, Entry date",
    Field.END: "Left, Left on, End, End date, Leaving date, Date left, Member until, Membership end, Exit date,"
    " Resigned on",
    Field.ADDRESS: "Address, Postal address, Full address, Billing address, Invoice address, Mailing address",
    Field.STREET: "Street, Street address, Address line 1, Address 1, Street and number",
    Field.HOUSE_NUMBER: "House number, House no, Street number",
    Field.PLACE: "Postcode and city, Postcode/city, Postcode city, Postal code city, ZIP/City, ZIP city",
    Field.POSTCODE: "Postcode, Postal code, ZIP, ZIP code, Post code",
    Field.CITY: "City, Town, Place, Town/City",
    Field.COUNTRY: "Country, Country code",
    Field.INVOICE_EMAIL: "Invoice email, Billing email, Email for invoices, Accounts email, Accounts payable email",
    Field.EMAIL: "Email address, Email addresses, Contact email, Main email",
    Field.PHONE: "Phone, Phone number, Telephone, Tel no, Contact phone, Mobile",
    Field.CONTACT: "Contact, Contact name, Contact person, Main contact, Primary contact",
    Field.SALUTATION: "Salutation",
    Field.TITLE: "Title, Contact title",
    Field.FIRST_NAME: "First name, Given name, Contact first name, Forename",
    Field.LAST_NAME: "Last name, Surname, Family name, Contact last name",
    Field.FUNCTIONS: "Function, Functions, Role, Roles, Contact role",
    Field.HEADCOUNT: "Employees, Headcount, Number of employees, No of employees, Staff, Number of staff, Heads,"
    " Employee count, Workforce",
    Field.FTE: "FTE, FTEs, Full-time equivalents, Full time equivalent",
    Field.TURNOVER: "Turnover, Revenue, Annual turnover, Annual revenue, Sales, Turnover EUR",
    Field.SITES: "Sites, Number of sites, Locations, Branches",
    Field.AREA: "Area, Area m2, Floor area, Square metres",
    Field.INHABITANTS: "Inhabitants, Population, Number of inhabitants",
    Field.INVOICE_NAME: "Invoice recipient, Bill to, Billing name, Invoice name",
    Field.INVOICE_EXTRA: "Billing address line 2, Invoice address line 2, Invoice extra",
    Field.INVOICE_STREET: "Billing street, Invoice street, Billing address line 1",
    Field.INVOICE_POSTCODE: "Billing postcode, Billing postal code, Billing ZIP, Invoice postcode",
    Field.INVOICE_CITY: "Billing city, Invoice city, Billing town",
    Field.INVOICE_COUNTRY: "Billing country, Invoice country",
    Field.REGISTER_ENTRY: "Register entry, Company register, Register number, Registration number,"
    " Company registration number",
    Field.TAX_NUMBER: "Tax number, Tax no, Tax ID",
    Field.VAT_ID: "VAT ID, VAT number, VAT no, VAT registration number, VAT",
    Field.LEITWEG_ID: "Buyer reference",
    Field.ORDER_NUMBER: "Order number, Purchase order, Purchase order number, PO number, PO, PO no, Order no",
    Field.INVOICE_FORMAT: "Invoice format, E-invoice, E-invoice format, Form of the e-invoice",
    Field.ORDER_WISH: "Order number before the invoice, Order number required, Purchase order required, PO required",
    Field.INVOICE_WAY: "How invoices are sent, Invoice delivery, Delivery method, Paper invoice, Invoice by post",
    Field.IBAN: "Bank account IBAN, IBAN number",
    Field.ACCOUNT_HOLDER: "Account holder, Account owner, Name on account",
    Field.PAYMENT_METHOD: "Payment method, Payment, Method of payment, Payment type, Direct debit",
    Field.LANGUAGE: "Language, Preferred language",
    Field.GROUP: "Company group, Group of companies, Parent company, Corporate group",
    Field.ATTRIBUTES: "Attributes, Labels",
    Field.PREVIOUS: "Dues, Fee, Membership fee, Annual fee, Previous fee, Previous amount, Last fee, Last year's fee,"
    " Last year's dues, Previous dues, Annual dues, Previous",
    Field.OPEN: "Open, Open amount, Open items, Outstanding, Amount outstanding, Balance due, Arrears, Amount due",
    Field.NOTE: "Note, Notes, Remark, Remarks, Comment, Comments",
}
_ALIASES: Final[dict[str, Field]] = {
    "memberno": Field.NUMBER,
    "turnover": Field.TURNOVER,
    "area": Field.AREA,
    "previous": Field.PREVIOUS,
    "open": Field.OPEN,
    "contactname": Field.CONTACT,
}

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]")
_BRACKETS: Final = re.compile(r"[(\[][^)\]]*[)\]]")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY: Final = re.compile(r"(?<!\d)\d{1,2}\.(?:\s*\d{1,2}\.)?")
_FILLERS: Final = re.compile(r"\b(?:stand|zum|per|am|im|in|jahr|eur|euro|€|as of|of)\b|€", re.IGNORECASE)
_COUNTER: Final = re.compile(r"\d$")


def plain_key(text: str) -> str:
    """Return the letters and digits of a text, small and without accents: `Straße Nr.` -> `strassenr`."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    return _NOT_IN_KEY.sub("", unicodedata.normalize("NFKD", folded))


def _lookup(words: dict[Field, str]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for field, text in words.items():
        for word in text.split(","):
            found.setdefault(plain_key(word), field)
    return found


_BY_GERMAN: Final = _lookup(_GERMAN)
_BY_ENGLISH: Final = _lookup(_ENGLISH)
_BY_WORD: Final = {plain_key(field.value): field for field in Field} | _ALIASES


def heading_year(text: str) -> int | None:
    """Return the year a heading names (`Beitrag 2026`), or None."""
    years = _YEAR.findall(text)
    return int(years[-1]) if years else None


def field_of_heading(text: str) -> Field | None:
    """Return what a heading means; a year, a key date, brackets and a final counter do not count."""
    return next(
        (found for key in _keys(text) if (found := _BY_GERMAN.get(key) or _BY_ENGLISH.get(key))), None
    )


def is_english_heading(text: str) -> bool:
    """Return whether a heading is known in English only."""
    keys = _keys(text)
    return any(key in _BY_ENGLISH for key in keys) and not any(key in _BY_GERMAN for key in keys)


def field_of_word(word: str) -> Field | None:
    """Return the field that a mapping file names: its own word, or any heading we know."""
    last = word.rpartition(".")[2]
    return _BY_WORD.get(plain_key(word)) or _BY_WORD.get(plain_key(last)) or field_of_heading(word)


def _keys(text: str) -> list[str]:
    """Return the keys under which a heading is looked up, from the closest to the loosest."""
    without_brackets = _BRACKETS.sub(" ", text)
    without_year = _FILLERS.sub(" ", _YEAR.sub(" ", _DAY.sub(" ", without_brackets)))
    keys = [plain_key(text), plain_key(without_brackets), plain_key(without_year)]
    keys.append(_COUNTER.sub("", keys[-1]))
    return [key for key in keys if key]
