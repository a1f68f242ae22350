"""Postcodes to areas, by a directory; every postcode gets a class, and what cannot be placed the class of why not."""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw

from anchor_analysis.engine.base import LazyFrame

#: The areas that a directory gives, as its table calls them.
SMALL_AREAS = ("ward", "lsoa11", "lsoa21", "msoa11", "msoa21")
AREAS = ("lad", "region", *SMALL_AREAS)


#: Classes of postcodes that a directory places.
PLACED = ("live", "terminated", "large_user")

_INWARD = "[0-9][ABD-HJLNP-UW-Z]{2}"
_OUTWARD = "[A-PR-UWYZ](?:[0-9][0-9A-HJKPSTUW]?|[A-HK-Y][0-9][0-9ABEHMNPRVWXY]?)"

#: The forms of UK postcodes, without the space (Office for National Statistics, Postcode Directory User Guide).
POSTCODE_FORM = f"^(?:GIR0AA|{_OUTWARD}{_INWARD})$"

#: The postcode areas of Royal Mail: what "LS" or "N" may be, and "NA" or "TBC" may not.
_POSTCODE_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G "
    "GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA "
    "PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN "
    "WR WS WV YO ZE"
).replace(" ", "|")

#: Classes by form, the first that fits. ZZ99 are the pseudo-postcodes of health data (NHS Data Dictionary; ONS guide).
_MEANINGS = {
    "no_fixed_abode": "^ZZ993VZ$",
    "not_known": "^ZZ993WZ$",
    "somewhere_in_england": "^ZZ993CZ$",
    "somewhere_in_wales": "^ZZ993GZ$",
    "somewhere_in_scotland": "^ZZ991WZ$",
    "somewhere_in_northern_ireland": "^ZZ992WZ$",
    "overseas": "^ZZ99[0-9][A-Z]{2}$",
    "forces": f"^(?:BFPO[0-9]{{0,4}}|BF[0-9](?:{_INWARD})?)$",
    "crown_dependency": f"^(?:JE|GY|IM)[0-9]{{1,2}}(?:{_INWARD})?$",
}
_FORMS = {
    "not_in_directory": POSTCODE_FORM,
    "redacted": "REDACT|WITHHELD|CONFIDENTIAL|^X+$",
    "outward_only": f"^(?:{_POSTCODE_AREAS}|{_OUTWARD}[0-9]?)$",
}

#: Classes that are known to lie elsewhere, whatever the network's area; those of a nation do where the area is not.
ELSEWHERE = ("overseas", "crown_dependency")
NATIONS = {
    "somewhere_in_england": "E",
    "somewhere_in_wales": "W",
    "somewhere_in_scotland": "S",
    "somewhere_in_northern_ireland": "N",
}

#: Every class, as docs/places.md describes it.
CLASSES = (*PLACED, "no_postcode", *_MEANINGS, *_FORMS, "no_area", "not_a_postcode")


def locate_postcodes(frame: LazyFrame, postcode: str, directory: LazyFrame | None) -> LazyFrame:
    """The frame with AREAS of a column of postcodes (capitals, no space), `terminated` and `postcode_class`.

    `postcode_class` is one of CLASSES: a postcode with a local authority is `live`, `terminated` (ended in the month
    `terminated`, yyyymm; people and ledgers keep them, so it is placed) or of a `large_user`; all others have no
    areas. No row is lost or doubled, since the directory has each postcode once. Without a directory none is placed.
    """
    if directory is None:
        nothing = [nw.lit(None).cast(nw.String).alias(name) for name in AREAS]
        joined = frame.with_columns(
            *nothing,
            nw.lit(None).cast(nw.Int32).alias("terminated"),
            nw.lit(None).cast(nw.Boolean).alias("large_user"),
            nw.lit(None).cast(nw.Int32).alias("found"),
        )
    else:
        areas = directory.select("postcode", *AREAS, "terminated", "large_user").with_columns(found=nw.lit(1))
        joined = frame.join(areas, left_on=postcode, right_on="postcode", how="left")
    return joined.with_columns(_class(nw.col(postcode)).alias("postcode_class")).drop("found", "large_user")


def known_elsewhere(codes: Iterable[str]) -> list[str]:
    """The classes that lie elsewhere for an area of these codes: abroad, and in nations of which none of them is."""
    own = {code[0] for code in codes}
    return [*ELSEWHERE, *(name for name, letter in NATIONS.items() if letter not in own)]


def _class(code: nw.Expr) -> nw.Expr:
    large = nw.when(nw.col("large_user")).then(nw.lit("large_user")).otherwise(nw.lit("live"))
    placed = nw.when(nw.col("terminated").is_null()).then(large).otherwise(nw.lit("terminated"))
    listed = nw.when(nw.col("found").is_null()).then(_by_form(code, _FORMS, nw.lit("not_a_postcode")))
    no_area = _by_form(code, _MEANINGS, listed.otherwise(nw.lit("no_area")))
    without = nw.when(code.is_null()).then(nw.lit("no_postcode")).otherwise(no_area)
    return nw.when(nw.col("lad").is_null()).then(without).otherwise(placed)


def _by_form(code: nw.Expr, forms: dict[str, str], otherwise: nw.Expr) -> nw.Expr:
    """The first class whose form the code has."""
    for name, form in reversed(forms.items()):
        otherwise = nw.when(code.str.contains(form)).then(nw.lit(name)).otherwise(otherwise)
    return otherwise
