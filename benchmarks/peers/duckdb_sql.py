"""The job of `rows.py` as SQL written by hand for DuckDB, for files of exactly this kind."""

from __future__ import annotations

import duckdb
import pandas as pd
from common import YEAR, Job, run, summed, write_sums

#: What one file holds, cleaned, with what is counted of it: kept in memory until it is written.
CLEANED = r"""
CREATE OR REPLACE TEMP TABLE cleaned AS WITH raw AS (
  SELECT *, row_number() OVER () + 1 AS source_row FROM read_csv('{file}', all_varchar = true, nullstr = '')),
bare AS (SELECT *, trim(net_gbp) AS said, trim(payment_date) AS day, trim(supplier_postcode) AS code FROM raw),
figures AS (SELECT *, CASE WHEN said[1] = '(' THEN '-' || said[2:-2] ELSE said END AS signed FROM bare),
amounts AS (SELECT *, CAST(CAST(replace(replace(signed, ',', ''), '£', '') AS DECIMAL(18, 4)) * 10000 AS BIGINT) AS e4
  FROM figures)
SELECT source_row, trim(transaction_id) AS transaction_id,
  CASE WHEN day[3] = '/' THEN CAST(strptime(day, '%d/%m/%Y') AS DATE) ELSE CAST(day AS DATE) END AS payment_date,
  trim(supplier_id) AS supplier_id, trim(supplier_name) AS supplier_name,
  upper(regexp_replace(code, '[^0-9A-Za-z]', '', 'g')) AS supplier_postcode, trim(category) AS category,
  CASE WHEN e4 < 0 THEN -((50 - e4) // 100) ELSE (50 + e4) // 100 END AS net_pence, e4, said,
  supplier_postcode <> code AS postcode_spaces, net_gbp <> said AS amount_spaces, payment_date <> day AS date_spaces,
  transaction_id <> trim(transaction_id) AS transaction_spaces, supplier_id <> trim(supplier_id) AS supplier_spaces,
  supplier_name <> trim(supplier_name) AS name_spaces, category <> trim(category) AS category_spaces,
  code <> upper(regexp_replace(code, '[^0-9A-Za-z]', '', 'g')) AS postcode_form, day[3] = '/' AS date_form,
  NOT regexp_matches(said, '^-?[0-9]+([.][0-9][0-9]?)?$') AS amount_form FROM amounts
"""
#: The lines that stand above in the same file, sought where day, amount and number of transaction stand twice.
AGAIN = """
CREATE OR REPLACE TEMP TABLE again AS WITH several AS (SELECT payment_date, net_pence, transaction_id FROM cleaned
  GROUP BY ALL HAVING count(*) > 1)
SELECT source_row FROM cleaned SEMI JOIN several USING (payment_date, net_pence, transaction_id)
QUALIFY source_row > min(source_row) OVER (PARTITION BY payment_date, net_pence, transaction_id, supplier_id,
  supplier_name, supplier_postcode, category)
"""
CANONICAL = """
COPY (SELECT '{member}' AS member, '{year}' AS network_year, 'ledger.csv' AS source_file, '' AS source_sheet,
  source_row, transaction_id, payment_date, supplier_id, supplier_name, supplier_postcode, category, net_pence,
  CAST(NULL AS BIGINT) AS irrecoverable_vat_pence, CAST(NULL AS VARCHAR) AS currency,
  CASE WHEN regexp_matches(lower(supplier_name), '\\b(redacted|withheld)\\b') THEN 'unspecified' END AS redaction,
  CAST(NULL AS VARCHAR) AS paid_member, 'supplier' AS paid_to,
  CASE WHEN category IS NULL THEN 'unknown' ELSE 'no_category' END AS spend_category,
  CASE WHEN category IS NULL THEN 'unknown' ELSE 'no_category' END AS influence,
  CASE WHEN source_row IN (SELECT source_row FROM again) THEN 'again' ELSE 'first' END AS line_alike
  FROM cleaned) TO '{to}/ledger.parquet' (COMPRESSION zstd)
"""
EDITS = """
COPY (SELECT 'ledger.csv' AS source_file, '' AS source_sheet, source_row, 'net_pence' AS "column",
  'rounded to whole pence' AS rule, said AS before, CAST(net_pence AS VARCHAR) AS after
  FROM cleaned WHERE net_pence * 100 <> e4) TO '{to}/edits.parquet' (COMPRESSION zstd)
"""
MARKS = {
    "transaction_id": ("transaction_spaces", ""), "payment_date": ("date_spaces", "date_form"),
    "supplier_id": ("supplier_spaces", ""), "supplier_name": ("name_spaces", ""), "category": ("category_spaces", ""),
    "supplier_postcode": ("postcode_spaces", "postcode_form"), "net_pence": ("amount_spaces", "amount_form"),
}  # fmt: skip
ACCOUNT = """
SELECT count(*) AS rows_kept, sum(net_pence) AS value_kept_pence, sum(net_pence * 100 - e4) AS rounding_e4,
  sum(net_pence) FILTER (net_pence < 0) AS negative_pence, count(*) FILTER (net_pence < 0) AS negative_rows, {marks}
FROM cleaned
"""
LOCATED = """
COPY (WITH lines AS (SELECT * FROM read_parquet('{canonical}/*/ledger.parquet')),
paid AS (SELECT member, supplier_id, rank() OVER (PARTITION BY member ORDER BY sum(net_pence) DESC) AS place
  FROM lines GROUP BY member, supplier_id),
found AS (SELECT lines.* EXCLUDE (supplier_name, supplier_postcode), paid.place, terminated, lad, region, ward, CASE
    WHEN lad IS NOT NULL THEN CASE WHEN terminated IS NOT NULL THEN 'terminated' WHEN large_user THEN 'large_user'
      ELSE 'live' END
    WHEN supplier_postcode IS NULL THEN 'no_supplier_record' WHEN postcode IS NOT NULL THEN 'no_area'
    WHEN regexp_matches(supplier_postcode, '^ZZ99[0-9][A-Z][A-Z]$') THEN 'overseas'
    WHEN regexp_matches(supplier_postcode, '^[A-Z][A-Z]?[0-9][0-9A-Z]?[0-9][A-Z][A-Z]$') THEN 'not_in_directory'
    WHEN regexp_matches(supplier_postcode, '^[A-Z][A-Z]?[0-9][0-9A-Z]?$') THEN 'outward_only'
    ELSE 'not_a_postcode' END AS supplier_class,
  CASE WHEN lad = '{lad}' THEN 'in_area' WHEN lad IS NOT NULL OR supplier_postcode LIKE 'ZZ99%' THEN 'elsewhere'
    ELSE 'unknown' END AS supplier_place, supplier_postcode IS NULL AS untold
  FROM lines LEFT JOIN read_parquet('{directory}') ON supplier_postcode = postcode
    JOIN paid USING (member, supplier_id))
SELECT * EXCLUDE (place, terminated, lad, region, ward, untold), terminated AS supplier_terminated,
  coalesce(lad, supplier_place) AS supplier_lad, coalesce(region, supplier_place) AS supplier_region,
  CASE WHEN supplier_place = 'in_area' THEN coalesce(ward, 'unknown') ELSE supplier_place END AS supplier_ward,
  CASE WHEN supplier_place = 'in_area' THEN 'in_area' ELSE 'unknown' END AS supplier_branched,
  CASE WHEN supplier_place = 'in_area' THEN 'unknown' ELSE supplier_place END AS supplier_decile_group,
  'unknown' AS supplier_sector, 'unknown' AS supplier_enterprise, 'unknown' AS supplier_voluntary,
  CASE WHEN place <= 10 THEN 'top_10' WHEN place <= 300 THEN 'next_290' ELSE 'other' END AS supplier_rank,
  CASE WHEN untold THEN 'none' ELSE 'line' END AS supplier_place_from, CAST(NULL AS VARCHAR) AS supplier_entity,
  member AS part FROM found) TO '{to}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (part))
"""


class Sql:
    def __init__(self, job: Job):
        self.job, self.connection = job, duckdb.connect()
        self.connection.execute("SET enable_progress_bar = false")
        self.connection.execute(f"SET temp_directory = '{job.to}/spilt'")

    def clean(self) -> None:
        accounts, normalised = [], []
        marks = [mark for pair in MARKS.values() for mark in pair if mark]
        counted = ", ".join(f"count(*) FILTER ({mark}) AS {mark}" for mark in marks)
        for member, file in self.job.files.items():
            to = self.job.folder("canonical", member)
            self.connection.execute(CLEANED.format(file=file))
            self.connection.execute(AGAIN)
            self.connection.execute(CANONICAL.format(member=member, year=YEAR, to=to))
            self.connection.execute(EDITS.format(to=to))
            row = self.connection.sql(ACCOUNT.format(marks=counted)).to_arrow_table().to_pylist()[0]
            for column, (spaces, form) in MARKS.items():
                told = {"spaces around": row.pop(spaces), "spelling": row.pop(form) if form else 0}
                normalised += [(member, column, rule, cells) for rule, cells in told.items() if cells]
            accounts.append({"member": member, **row})
        pd.DataFrame(accounts).to_parquet(self.job.to / "accounts.parquet")
        columns = ["member", "column", "rule", "cells"]
        pd.DataFrame(normalised, columns=columns).to_parquet(self.job.to / "normalised.parquet")

    def locate(self) -> None:
        to = self.job.to / "located"
        about = {"canonical": self.job.canonical, "directory": self.job.directory, "lad": self.job.lad, "to": to}
        self.connection.execute(LOCATED.format(**about))

    def measure(self) -> None:
        write_sums(summed(f"{self.job.to}/located/*/*.parquet", self.connection), self.job.to / "sums.parquet")


if __name__ == "__main__":
    run(Sql)
