"""The job of `rows.py` in plain pandas, a file at a time, for files of exactly this kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from common import YEAR, Job, run, write_sums

from anchor_analysis.declared import load_catalogue

LINE = ["payment_date", "net_pence", "transaction_id", "supplier_id", "supplier_name", "supplier_postcode", "category"]


class Pandas:
    def __init__(self, job: Job):
        self.job = job

    def clean(self) -> None:
        accounts, normalised = [], []
        for member, file in self.job.files.items():
            frame, marks = _cleaned(file)
            to = self.job.folder("canonical", member)
            _canonical(frame, member).to_parquet(to / "ledger.parquet", compression="zstd", index=False)
            changed = frame[frame["net_pence"] * 100 != frame["e4"]]
            edits = pd.DataFrame({
                "source_file": "ledger.csv", "source_sheet": "", "source_row": changed["source_row"],
                "column": "net_pence", "rule": "rounded to whole pence", "before": changed["amount"],
                "after": changed["net_pence"].astype(str),
            })  # fmt: skip
            edits.to_parquet(to / "edits.parquet", compression="zstd", index=False)
            pence = frame["net_pence"]
            accounts.append({
                "member": member, "rows_kept": len(frame), "value_kept_pence": pence.sum(),
                "rounding_e4": (pence * 100 - frame["e4"]).sum(), "negative_pence": pence[pence < 0].sum(),
                "negative_rows": (pence < 0).sum(),
            })  # fmt: skip
            normalised += [(member, *mark, cells) for mark, cells in marks.items() if cells]
        pd.DataFrame(accounts).to_parquet(self.job.to / "accounts.parquet")
        columns = ["member", "column", "rule", "cells"]
        pd.DataFrame(normalised, columns=columns).to_parquet(self.job.to / "normalised.parquet")

    def locate(self) -> None:
        columns = ["postcode", "lad", "region", "ward", "terminated", "large_user"]
        directory = pd.read_parquet(self.job.directory, columns=columns).assign(listed=True)
        for file in sorted(self.job.canonical.glob("*/ledger.parquet")):
            lines = pd.read_parquet(file)
            paid = lines.groupby("supplier_id")["net_pence"].sum().rank(method="min", ascending=False)
            rank = pd.cut(paid, [0, 10, 300, np.inf], labels=["top_10", "next_290", "other"]).astype(str)
            found = lines.assign(supplier_rank=lines["supplier_id"].map(rank))
            found = found.merge(directory, left_on="supplier_postcode", right_on="postcode", how="left")
            to = self.job.folder("located", str(lines["member"].iloc[0]))
            _located(found, self.job.lad).to_parquet(to / "ledger.parquet", compression="zstd", index=False)

    def measure(self) -> None:
        metrics, found = load_catalogue().additive("ledger"), []
        for file in sorted(self.job.to.glob("located/*/*.parquet")):
            lines = pd.read_parquet(file)
            for name in ["", *sorted({name for metric in metrics for name in metric.breakdowns})]:
                group = lines[name].rename("group") if name else pd.Series("", lines.index, name="group")
                by = [lines["member"], lines["network_year"], group]
                for metric in (metric for metric in metrics if not name or name in metric.breakdowns):
                    own = _chosen(lines, metric.numerator)
                    sums = {"numerator": own.groupby(by).sum(), "unknown": 0, "unknown_credits": 0}
                    if metric.unknown:
                        unknown = _chosen(lines, metric.unknown)
                        sums |= {
                            "unknown": unknown.groupby(by).sum(),
                            "unknown_credits": unknown.clip(upper=0).groupby(by).sum(),
                        }
                    found.append(pd.DataFrame(sums).reset_index().assign(metric=metric.id, breakdown=name))
        write_sums(found, self.job.to / "sums.parquet")


def _cleaned(file: Path) -> tuple[pd.DataFrame, dict[tuple[str, str], int]]:
    raw = pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""]).rename(columns={"net_gbp": "net_pence"})
    frame = raw.apply(lambda column: column.str.strip(" "))
    marks = {
        (name, "spaces around"): int((raw[name] != frame[name]).where(raw[name].notna(), False).sum()) for name in raw
    }
    frame = frame.assign(source_row=np.arange(2, len(frame) + 2), amount=frame["net_pence"])
    said, code, day = frame["amount"], frame["supplier_postcode"], frame["payment_date"]
    size = (said.str.replace("[(),£-]", "", regex=True).astype(float) * 10_000).round().astype("int64")
    sign = np.where(said.str.contains("^[(-]"), -1, 1)
    frame["e4"], frame["net_pence"] = sign * size, sign * ((size + 50) // 100)
    frame["supplier_postcode"] = code.str.replace("[^0-9A-Za-z]", "", regex=True).str.upper()
    slashed = day.str.slice(2, 3) == "/"
    days = pd.to_datetime(day.where(slashed), format="%d/%m/%Y").fillna(
        pd.to_datetime(day.where(~slashed), format="%Y-%m-%d")
    )
    frame["payment_date"] = days.dt.date
    marks["supplier_postcode", "spelling"] = int((code != frame["supplier_postcode"]).where(code.notna(), False).sum())
    marks["payment_date", "spelling"] = int(slashed.sum())
    marks["net_pence", "spelling"] = int((~said.str.contains("^-?[0-9]+(?:[.][0-9][0-9]?)?$")).sum())
    return frame, marks


def _canonical(frame: pd.DataFrame, member: str) -> pd.DataFrame:
    none = np.where(frame["category"].isna(), "unknown", "no_category")
    first = frame.groupby(LINE, dropna=False, sort=False)["source_row"].transform("min")
    taken_out = frame["supplier_name"].str.lower().str.contains(r"\b(?:redacted|withheld)\b")
    return pd.DataFrame({
        "member": member, "network_year": YEAR, "source_file": "ledger.csv", "source_sheet": "",
        "source_row": frame["source_row"], "transaction_id": frame["transaction_id"],
        "payment_date": frame["payment_date"], "supplier_id": frame["supplier_id"],
        "supplier_name": frame["supplier_name"], "supplier_postcode": frame["supplier_postcode"],
        "category": frame["category"], "net_pence": frame["net_pence"],
        "irrecoverable_vat_pence": pd.array([pd.NA] * len(frame), "Int64"),
        "currency": pd.Series(None, frame.index, dtype="str"),
        "redaction": pd.Series("unspecified", frame.index, dtype="str").where(taken_out),
        "paid_member": pd.Series(None, frame.index, dtype="str"), "paid_to": "supplier",
        "spend_category": none, "influence": none,
        "line_alike": np.where(frame["source_row"] == first, "first", "again"),
    })  # fmt: skip


def _located(found: pd.DataFrame, lad: str) -> pd.DataFrame:
    code, known = found["supplier_postcode"], found["lad"].notna()
    pseudo = code.str.contains("^ZZ99[0-9][A-Z][A-Z]$").fillna(False).astype(bool)
    form = {
        "not_in_directory": "^[A-Z][A-Z]?[0-9][0-9A-Z]?[0-9][A-Z][A-Z]$",
        "outward_only": "^[A-Z][A-Z]?[0-9][0-9A-Z]?$",
    }
    fits = {name: code.str.contains(pattern).fillna(False).astype(bool) for name, pattern in form.items()}
    kinds = {
        "terminated": known & found["terminated"].notna(),
        "large_user": known & found["large_user"].fillna(False).astype(bool),
        "live": known, "no_supplier_record": code.isna(), "no_area": found["listed"].fillna(False).astype(bool),
        "overseas": pseudo, **fits,
    }  # fmt: skip
    found["supplier_class"] = np.select(list(kinds.values()), list(kinds), "not_a_postcode")
    place = np.select([found["lad"] == lad, known | pseudo], ["in_area", "elsewhere"], "unknown")
    inside = place == "in_area"
    found["supplier_place"], found["supplier_terminated"] = place, found["terminated"].astype("Int64")
    for name in ("lad", "region"):
        found[f"supplier_{name}"] = found[name].where(found[name].notna(), place)
    found["supplier_ward"] = np.where(inside, found["ward"].fillna("unknown"), place)
    found["supplier_branched"] = np.where(inside, "in_area", "unknown")
    found["supplier_decile_group"] = np.where(inside, "unknown", place)
    for name in ("sector", "enterprise", "voluntary"):
        found[f"supplier_{name}"] = "unknown"
    found["supplier_place_from"] = np.where(code.isna(), "none", "line")
    found["supplier_entity"] = pd.Series(None, found.index, dtype="str")
    return found.drop(columns=["supplier_name", "supplier_postcode", "postcode", "lad", "region", "ward", "terminated",
                               "large_user", "listed"])  # fmt: skip


def _chosen(lines: pd.DataFrame, operand) -> pd.Series:
    rows = pd.Series(True, lines.index)
    for name in operand.where:
        rows &= lines[name].isin([str(one) for one in operand.values(name)])
    return lines["net_pence"].where(rows, 0)


if __name__ == "__main__":
    run(Pandas)
