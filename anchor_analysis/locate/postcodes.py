"""Postcodes to areas, by a directory; what cannot be placed gets the class of why not."""

from __future__ import annotations

import narwhals as nw

from anchor_analysis.engine.base import LazyFrame

#: The forms of UK postcodes, without the space (Office for National Statistics, Postcode Directory User Guide).
POSTCODE_FORM = (
    "^(?:GIR0AA|[A-PR-UWYZ](?:[0-9][0-9A-HJKPSTUW]?|[A-HK-Y][0-9][0-9ABEHMNPRVWXY]?)[0-9][ABD-HJLNP-UW-Z]{2})$"
)

#: Codes that stand for no place: ZZ99 for no fixed abode, unknown or abroad; BF1 for the forces.
PSEUDO_FORM = "^(?:ZZ99|BF1)"


def locate_postcodes(frame: LazyFrame, postcode: str, directory: LazyFrame) -> LazyFrame:
    """The frame with `lad, ward, lsoa11, lsoa21` of a column of postcodes (capitals, no space), and `why_not`.

    `why_not` is missing where the postcode was placed in a local authority; otherwise `no_postcode`,
    `not_a_postcode`, `pseudo_postcode`, `not_in_directory` or `no_area` (in the directory without one).
    Terminated postcodes are placed: people and ledgers keep them. No row is lost or doubled, since the
    directory has each postcode once.
    """
    areas = directory.select("postcode", "lad", "ward", "lsoa11", "lsoa21").with_columns(found=nw.lit(1))
    joined = frame.join(areas, left_on=postcode, right_on="postcode", how="left")
    return joined.with_columns(_why_not(nw.col(postcode)).alias("why_not")).drop("found")


def _why_not(code: nw.Expr) -> nw.Expr:
    """The class of why not; what the directory has is a postcode, whatever its form."""
    reason = (
        nw.when(code.str.contains(POSTCODE_FORM)).then(nw.lit("not_in_directory")).otherwise(nw.lit("not_a_postcode"))
    )
    reason = nw.when(code.str.contains(PSEUDO_FORM)).then(nw.lit("pseudo_postcode")).otherwise(reason)
    reason = nw.when(code.is_null()).then(nw.lit("no_postcode")).otherwise(reason)
    listed = nw.when(nw.col("lad").is_null()).then(nw.lit("no_area"))
    return nw.when(nw.col("found").is_null()).then(reason).otherwise(listed)
