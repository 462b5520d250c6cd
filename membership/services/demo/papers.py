"""What the office of the demonstration keeps beside a company: a note, and its form of application."""

from __future__ import annotations

from datetime import date

from invoices.listing import Column, Listing, render
from membership.domain.policy import Actor
from membership.persistence.db import write
from membership.services import members


def keep_papers(actor: Actor, number: str, *, name: str, joined: date) -> None:
    """Keep a note and the form of application of one company."""
    write(actor, members.add_note, number, "Die Buchhaltung ist bis Ende des Monats nur per Mail erreichbar.")
    form = Listing(
        title="Aufnahmeantrag",
        author=name,
        language="de",
        day=joined,
        lines=["An den Vorstand des Fahrzeugcluster Musterland e. V."],
        columns=[Column("Angabe", 0.3), Column("Inhalt", 0.7)],
        rows=[("Firma", name), ("Beginn", f"{joined.day}.{joined.month}.{joined.year}")],
    )
    write(actor, members.add_file, number, "Aufnahmeantrag", render(form), file_name="aufnahmeantrag.pdf")
