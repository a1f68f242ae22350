"""The codes of problems, each with its title and what may help; a number that was taken is never used again."""

from __future__ import annotations

#: Every code, its title, and what the reader of the error page should know beyond the message.
CODES: dict[str, tuple[str, str]] = {
    "AN001": (
        "Not a workspace",
        "The command looks for a folder that holds `networks/`, upward from where it is run, or takes the one "
        "that ANCHOR_WORKSPACE names.",
    ),
    "AN002": ("Unknown network", "Each folder of `networks/` with a network.toml is a network."),
    "AN003": (
        "Unclear or unknown year",
        "A year is written 2023/24. 2023-24, 23-24, FY2023-24, academic year 2023/24 and FY24, the year that ends "
        "in 2024, are understood too. A bare 2024 could be either of two. Folders of data/raw that spell one year in "
        "two ways may not both hold a return of one member, which would count twice. A folder of outputs in which an "
        "edition stands is named as 2023-24 and in no other way: a copy beside it belongs somewhere else.",
    ),
    "AN004": (
        "Unknown metric, table or claim",
        "Metrics and tables are declared in the definitions; `catalogue` lists them. The ids of an edition's claims "
        "are in its claims.json, and on the card of each figure.",
    ),
    "AN005": (
        "Parameter not accepted",
        "Each notebook has a schema beside it that names its parameters and types. No word of a command holds a sign "
        "that nobody sees, such as one that turns the direction of writing.",
    ),
    "AN006": (
        "Reference data missing",
        "Directories, deprivation files and other reference data are added with `reference add` or `reference fetch`; "
        "docs/references.md says what there is and where it is from.",
    ),
    "AN007": (
        "Definition or setting not valid",
        "A definition, mapping or network.toml has a field that cannot be read.",
    ),
    "AN008": ("No edition or results", "Nothing has been run, or no edition of this year stands."),
    "AN009": ("Released editions cannot change", "A correction is a new revision; the released one stays as it is."),
    "AN010": ("Edition not audited", "Only a draft that has passed its audit can be released."),
    "AN011": (
        "Another run holds the lock",
        "Two runs of one network at once would mix their results. The exit code is 4, so that a scheduler can tell it "
        "from a mistake: nothing was done, and the next time will do it.",
    ),
    "AN014": (
        "File cannot be written",
        "It is open in another program, its folder may not be written to, or its name does not fit what it is. Where a "
        "folder of the workspace that is written into leads out of it by a link, nothing is written.",
    ),
    "AN015": (
        "Download failed",
        "A file could not be had from its address. What came is kept, and the next try goes on from there, but what "
        "turns out to be no file of reference data goes and is asked for again. Without a network, download the file "
        "elsewhere and add it with `reference add FILE`.",
    ),
    "AN016": (
        "File at the source has changed",
        "Every file that is fetched is held to the hash of its first fetch, in `networks/fetched.json`, so that "
        "all who work on a network, and all its years, use the same. Publishers do replace files under one address.",
    ),
    "AN020": (
        "File cannot be opened",
        "The file is empty, protected by a password, damaged, or of a kind that is not read, whatever its name "
        "says: a PDF, a web page saved as .xls, a workbook with macros, an archive within an archive. Save it as an "
        "Excel workbook (.xlsx) or as CSV UTF-8. Or this account may not read it, or not look into its folder.",
    ),
    "AN021": (
        "Value cannot be read",
        "A cell does not hold what its column needs. Days are written 31/03/2024, amounts 1234.56 in pounds, FTE "
        "0.8; `docs/reading.md` lists what else is understood. Nothing is guessed: `12k`, other currencies and a "
        "day that does not exist are for the member to mend.",
    ),
    "AN022": (
        "Column missing",
        "A column that the table needs is not among the headers. The message names the nearest header and the line "
        "for a mapping that says which one it is; `check --suggest` drafts the whole mapping.",
    ),
    "AN023": (
        "Column not known",
        "A header is neither in the template nor in a crosswalk or mapping, so nobody knows what it means; or two "
        "columns claim to be the same. A column that is not needed goes under `ignored` in a mapping.",
    ),
    "AN024": (
        "Sheet or file not known",
        "A file or sheet must be in the template's shape, in that of a shipped crosswalk, or have a mapping that "
        "names it. Files known to be something else, such as a register of contracts, are refused by what they are. "
        "So is a link, which may lead anywhere.",
    ),
    "AN025": (
        "Value missing",
        "A column that may not be blank is blank. What is not known at all is not sent as a row; nothing is filled "
        "in here.",
    ),
    "AN026": (
        "Key repeated",
        "Two rows claim to be the same thing: the same post of the same person, the same supplier, the same metric.",
    ),
    "AN027": (
        "Total does not agree",
        "The file's own total, or what the member states on the sheet Totals, differs from the rows by more than "
        "the tolerance. The file is held. If the rows are right, an entry in `answers.toml` says so; if not, a "
        "corrected file takes its place.",
    ),
    "AN028": (
        "Rows and figures for the same metric",
        "A member-year is measured from rows or told as a figure, not both.",
    ),
    "AN029": ("Return of no member", "A folder of returns belongs to nobody who was a member then."),
    "AN030": (
        "Date outside the return's year",
        "Payments belong to the twelve months that the return is for, which are the member's own year. Take the "
        "rows out, or put them into the return of their own year.",
    ),
    "AN031": (
        "Reference file not recognised",
        "It is of no kind that docs/references.md lists, or it is not as its publisher gives it out.",
    ),
    "AN032": ("Figure that cannot be", "A count is below zero, or a part is larger than its whole."),
    "AN033": (
        "Payments sent twice",
        "Two files of a ledger hold the same payments: one file was sent twice, or their periods overlap, as a "
        "calendar year beside a financial year. Both are held. Leave one out by `[[left_out]]` in `answers.toml`, "
        "or say there that both are right.",
    ),
    "AN034": (
        "Figure jumped against the last return",
        "A member's figure is several times its own last one, or a fraction of it (`[checks] largest_jump` in "
        "network.toml, 3 if it is not said; only from the sizes in `definitions/checks/jumps.yaml` on). It is held "
        "until the member has confirmed or corrected it: a corrected return replaces the old one, or "
        "`networks/<id>/answers.toml` takes `[[corrections]]` of single cells; for a figure that is right, it takes "
        "`[[answers]]` with `code`, `member`, `year`, `metric` and `reason`, and no later run asks again. The message "
        "gives the factor and no figure.",
    ),
    "AN035": (
        "Answer does not fit the return",
        "What `networks/<id>/answers.toml` corrects or leaves out is not in the return: the cell holds something else, "
        "or the file or sheet is not there. A return that was replaced may need its answers no more.",
    ),
    "AN036": (
        "Ledger without credits",
        "A ledger of a hundred payments or more has no credits, though the member's other years have some, or where it "
        "has none the other members' ledgers of the year. `check` asks about it and the data quality page shows it; "
        "nothing is held for it.",
    ),
    "AN037": (
        "Postcode that may hold a slip",
        "It is not in the directory, and would be if 0 and O, or 1, I and L, were changed for each other in it. "
        "Postcodes are never corrected, so the row counts as unknown until the member corrects it. This is a "
        "suggestion: nothing is held or refused for it.",
    ),
    "AN038": (
        "Code of no area that is known",
        "Wards and smaller areas are named by their codes, under those that the postcode directory has. A code that it "
        "does not have is brought to one of its own along the recodes that are declared (`definitions/recodes`, "
        "shipped or the network's) or that `[reference] recodes` names; never by a name. docs/places.md says how.",
    ),
    "AN039": (
        "Two vintages in one comparison",
        "Figures that were placed by different directories, releases of the Index or lists of wards are not compared "
        "or added: they differ with nobody moving. Files are told by their content, so the same file under another "
        "name is no other vintage.",
    ),
    "AN040": ("Audit failed", "The edition holds something that must not leave, or a cell that skipped protection."),
    "AN041": ("Notebook failed", "A notebook stopped before its end, so nothing is published."),
    "AN042": (
        "Editions that cannot be compared",
        "What was revised is told of two editions of one network, whose released cells have the columns of this "
        "release of anchor_analysis.",
    ),
    "AN043": (
        "Years on two sides of a break",
        "From a year on a metric counts another thing than before; its definition says which year and why. What "
        "stands on two sides is not taken apart, unless the break names an `overlap`, a metric that counts as before.",
    ),
    "AN044": (
        "Agreement gone that an edition relied on",
        "The ledger names the agreements by which a released edition shows what is confidential, and one of them is no "
        "longer in `networks/<id>/agreements.toml`, or its member, metrics, periods or day of signing were changed, "
        "which makes it another one. Agreements are revoked, never taken out or changed; docs/agreements.md says how.",
    ),
    "AN045": (
        "No emission factors for a year",
        "Emissions are quantities times the factors of the year, and the network has a year before the first factors "
        "that are declared. Add them, with their source, to `definitions/rates/emission_factors.yaml`.",
    ),
    "AN046": (
        "Rows of several organisations",
        "A file such as the NHS estates return has a row for each organisation. `organisation_codes` of the member in "
        "network.toml says which are its own; the others are set aside and counted.",
    ),
    "AN047": (
        "Leavers cannot be told",
        "An extract of staff in which nobody has left by a month after the eve of the year is taken to hold only who "
        "was still there, so that the member is missing in who left and in turnover, and not nought. `check` asks "
        "about it; nothing is held for it. The remedy is an extract of everybody who was in post at any time of the "
        "year, or the figures `staff_at_start` and `staff_left`. Where the member has neither, `[[answers]]` in "
        "`networks/<id>/answers.toml` with `code`, `member`, `year`, `metric` and `reason` ends the question.",
    ),
    "AN048": (
        "Ledger of editions not as it was written",
        "Each entry of `networks/<id>/editions.toml` is hashed together with the one before it, so one that was "
        "edited, taken out, moved or put in by hand is found when the file is read. Entries that are gone from the end "
        "are found by the editions that stand as released, in outputs and in the archive. The remedy is the file as "
        "version control has it. Where two people released at once, keep the file that was shared first, and release "
        "the other edition again.",
    ),
    "AN049": (
        "Words that cannot stand in the ledger",
        "The ledger is tracked and shared. Who released or withdrew an edition is told as a role, in one line, and no "
        "e-mail address stands in it; why one is withdrawn is said in words.",
    ),
    "AN050": (
        "Too few people to count",
        "Any count of so few people would tell of each of them, so nothing is written.",
    ),
    "AN051": (
        "Given away by an earlier release",
        "Something that must be kept follows from what was released before, whatever this edition withholds. What was "
        "released cannot be taken back; the message says what can be done.",
    ),
    "AN052": (
        "A withheld figure can be worked out",
        "Whoever writes down what the edition and earlier releases say, and subtracts, comes so near to a figure that "
        "is withheld, to a few people, to what a member has in confidence or to by how much that was revised, that it "
        "is as good as told. The cells and the equations are named, and never the figure. docs/editions.md says what "
        "to do about a correction that is one member's.",
    ),
    "AN053": (
        "Page that could not be printed",
        "`edition pages --pdf` needs an installed Chromium, Chrome or Edge, and found none, or the one that it found "
        "printed nothing. `ANCHOR_BROWSER` names a program of your own. Any browser prints a page by hand.",
    ),
    "AN054": (
        "Place that holds something else",
        "`--to` or `--csv` leads into `outputs`, `data/raw`, `data/processed` or `networks`, perhaps by a link, or "
        "into an edition elsewhere. What is written for a person stands beside them: there it would change what was "
        "released, write over a return, or be read as one. Nothing has been done.",
    ),
    "AN055": (
        "Engine or cluster that cannot be had",
        "`--engine` names what is not installed, or a Spark master that does not answer; or `--cluster` names the "
        "scheduler of a Dask cluster that does not answer, ends meanwhile, has nobody to work for it, or whose workers "
        "have other libraries than this process. Nothing has been computed elsewhere instead. docs/scale.md says how "
        "both are set up.",
    ),
    "AN056": (
        "Store of rows that cannot be used",
        "ANCHOR_STORE names where canonical rows stand beyond this disk. It does not answer, does not let this account "
        "in, has no such bucket, is no address, or what reads its kind is not installed; or what says in which store "
        "the rows of a network stand cannot be read. Nothing has been kept elsewhere instead. "
        "docs/scale.md says how a store is set up.",
    ),
    "AN057": (
        "No room on the disk",
        "What stood before stands as it was, and nothing half made is taken for whole. With room again, the next run "
        "goes on from what was done.",
    ),
    "AN058": ("Gone or changed while it was read", "Nothing is made from half of what stood there before."),
    "AN059": (
        "Limit or failure of the machine",
        "The disk fails, the system gives no more open files or memory, or a process was killed while it read returns.",
    ),
    "AN060": (
        "Score without a level",
        "A row of scores has a level from 1 to 4, or says that the dimension does not apply to the member, and not "
        "both. What nobody scored has no row.",
    ),
    "AN061": (
        "What the framework does not have",
        "A row names a dimension or a goal that its framework does not declare. Frameworks are in "
        "`definitions/frameworks`, shipped or the network's own; goals that are not sourced are not declared, and none "
        "is invented.",
    ),
    "AN062": (
        "File of conditions without its columns",
        "`conditions.csv` of a network has one row for each value of a condition of the place, with the columns that "
        "docs/conditions.md names.",
    ),
    "AN063": (
        "Value of a condition that cannot be read",
        "A row of `conditions.csv` names a declared condition, a period, an area with its name, a number without unit, "
        "and where it is from.",
    ),
    "AN064": (
        "Condition told twice",
        "A condition has one value for each period and area.",
    ),
    "AN065": (
        "Made by another release",
        "An edition was made by a later release of anchor_analysis, which lays editions out otherwise, and could be "
        "misread by this one. What an earlier release made is read by all later ones; only the audit and a release, "
        "which hold an edition to the form of today, refuse it. docs/editions.md has the schemas.",
    ),
    "AN070": (
        "More people at a stage than before it",
        "Of a cohort of a programme more people reached a stage than the one before it, over all wards. Each stage is "
        "counted among the people of the one before: whoever left early for a job completed.",
    ),
    "AN071": (
        "Number that cannot be",
        "A row says of people or costs what cannot be: fewer than none, nothing where only weeks in work may be not "
        "over yet, or a cost where none belongs.",
    ),
    "AN080": (
        "Decisions about suppliers contradict",
        "Two supplier records are decided to be two suppliers, and by other decisions in `supplier_decisions.toml` to "
        "be one. docs/suppliers.md says what decisions do.",
    ),
    "AN081": (
        "Decision about a supplier that is not there",
        "A decision names a supplier record that no return of the network has: its number or name has changed, or its "
        "return has gone. It does nothing, and is kept for the day when the record comes back.",
    ),
    "AN082": (
        "Supplier review file cannot be used",
        "The file that `suppliers review` writes lacks a column, holds an answer that is none, or names records of "
        "another network. Answers are `same` and `not_same`; a blank one is no decision.",
    ),
    "AN085": (
        "Round of the local multiplier that cannot be",
        "A round that is measured or surveyed has an amount, and one that is assumed the least and the most that it "
        "can be. Nothing is filled in: a round that nobody knows has no row, and counts as missing.",
    ),
    "AN086": (
        "Round above the one before it",
        "The second round of the local multiplier is a part of what was spent in the first, and the third a part of "
        "the second, of suppliers and of staff each.",
    ),
    "AN087": (
        "Contract that cannot be",
        "A contract has a value and social value of nothing or more, and social value decides at most the whole score.",
    ),
}
