"""A network whose returns have every table, and in each what engines are apt to take in different ways.

Three members send two years: `a` what is nasty, `b` much that comes to nought, so that there is nothing to divide by,
and `c` figures as told beside a few rows. `measured_on` takes the rows from the returns to observations on an engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from anchor_analysis import storage
from anchor_analysis.declared import load_network
from anchor_analysis.engine import Engine
from anchor_analysis.engine.base import to_pandas
from anchor_analysis.locate import Geography
from anchor_analysis.measure import assessor_agreement, coder_agreement, scores_given
from anchor_analysis.measure.pay import pay_counts
from anchor_analysis.measure.sums import supplier_places
from anchor_analysis.running.finding import find_returns
from anchor_analysis.running.results import Inputs, contributors_of, observed
from anchor_analysis.running.returns import process_returns
from tests.spec import HEAD
from tests.steps import as_directory

LEVERS = ["employer", "spender", "estate", "services", "community", "multiplier", "contracts", "progression"]
PROTECTED = (
    'contracts = "open_data"\nlistening = "listening_threshold_5"\nscores = "scores_members"\nestate = "open_data"'
)
SETTINGS = HEAD.format(people="people_threshold_10_round_5", spend="spend_round_1000", confidentiality="shared")
SETTINGS = SETTINGS.replace('"2021/22"', '"2022/23"').replace('estate = "open_data"', PROTECTED)
SETTINGS = SETTINGS.replace("[years]", 'most_disadvantaged_other = "other_wards@1"\n[years]')
SETTINGS = SETTINGS.replace('"ranks"\n', '"ranks"\ndeprivation_other = "others"\n')
MEMBERS = {
    "a": 'name = "Ærø & Łódź University"\nknown_as = ["AŁU"]\norganisation_codes = ["ZA1", "ZA2"]',
    "b": 'name = "Owlgate City Council"\nknown_as = ["Owl CC", "Café Straße", "ΟΔΟΣ ΑΕ"]\norganisation_codes = ["ZB1"]',
    "c": 'name = "St Mary\'s Hall"\nyear_ends = "07-31"',
}
YEARS = ("2022-23", "2023-24")
ARMLEY, ALWOODLEY, OUTSIDE = "E05011385", "E05012842", "E05000001"

CATEGORIES = """[[categories]]
id = "food"
title = "Food"
words = ["Catering", "Crème & Brûlée"]
[[categories]]
id = "rates"
title = "Rates"
words = ["Rates"]
influenceable = false
reason = "set by law"
"""
FRAMEWORK = """title: Ours
version: 1
levels: {1: starting, 2: "", 3: "", 4: best practice}
dimensions:
  employment: {title: Employment, goals: {fair_pay: {title: Fair pay}, living_wage: {title: Living wage}}}
goals_source: invented
source: invented
source_status: unverified
"""
OTHER_WARDS = f"""id: other_wards
version: 1
title: Other wards
kind: fixed_list
wards: [{ARMLEY}, {ALWOODLEY}]
frozen: 2026-11-22
source: invented
source_status: unverified
"""

DIRECTORY = as_directory(pd.DataFrame([
    {"postcode": "LX11AA", "lad": "E08000035", "ward": ARMLEY, "region": "E12000003", "lsoa11": "E01000002",
     "lsoa21": "E01000001", "msoa11": "E02000001", "msoa21": "E02000001", "introduced": 198001},
    {"postcode": "LX11AB", "lad": "E08000035", "ward": ALWOODLEY, "region": "E12000003", "introduced": 198001},
    {"postcode": "LX22BB", "lad": "E08000036", "ward": "E05001347", "region": "E12000003", "lsoa11": "E01000003",
     "lsoa21": "E01000003", "introduced": 198001},
    {"postcode": "LX33CC", "introduced": 200001},
    {"postcode": "LX44DD", "lad": "E08000035", "ward": ARMLEY, "region": "E12000003", "lsoa21": "E01000004",
     "lsoa11": "E01000004", "introduced": 198001, "terminated": 202306},
    {"postcode": "LX55EE", "lad": "E08000035", "ward": ALWOODLEY, "region": "E12000003", "lsoa21": "E01000004",
     "lsoa11": "E01000004", "introduced": 199001, "large_user": True},
    {"postcode": "M11AA", "lad": "E08000003", "ward": OUTSIDE, "region": "E12000002", "lsoa21": "E01000003"},
]))  # fmt: skip
RANKS = pd.DataFrame({"lsoa": ["E01000001", "E01000003", "E01000004"], "rank": [1, 2, 3], "decile": [1, 10, 5]})
OTHERS = pd.DataFrame({"lsoa": ["E01000002", "E01000003", "E01000004"], "rank": [1, 2, 3], "decile": [4, 1, 1]})

WORKFORCE = """employee_id,assignment_id,primary,contract,staff_group,fte,home_postcode,start_date,leave_date,sex,\
ethnicity,disability,age_band,apprentice,pay_scale,hourly_rate,works_in_london
1,1,yes,Perm,Ñursing,1,lx1 1aa,,,F,white,no,under 25,no,Band 5,12.00,
1,2,yes,permanent,,0.53333,LX1 1AB,01/04/2019,,f,White - British,N,18-24,,Band 5,11.999,no
2,1,,fixed term,,0.5,ZZ99 3VZ,01-Apr-87,31/03/{last},Man,Chinese,yes,25-29,yes,,10.90,
3,1,Y,Bank,,0.2,LX11AA,,,m,z,unknown,70+,,,0,
3,2,n,PERMANENT,,.25,,15/06/{first},,x,Arab,1,65-69,,Apprentice Level 3,-1,
4,1,1,permanent,,1,LX9 9ZZ,{last}-04-01,,female,black,,,,,999999.99,yes
5,1,0,permanent,, 1, L\u00a0X 1 1aa ,,30/03/{last},F,white,no,35-44,n,X,13.15,1
6,1,TRUE,permanent,,0,not a postcode,29/02/2020,,not stated,prefer not to say,not declared,not known,,,12.005,true
7,1,no,permanent,,9.99999,LX2 2BB,01/04/{first},,U,mixed,0,16 to 24,0,Band 2,11.95,
\u00df8,10,yes,substantive,,1,LX3 3CC,31/03/{first},,Woman,roma,disabled,45-54,no,Band 1,10.895,
\u00df8,9,yes,substantive,,1,LX1 1AB,,,,,,,,,,
9,1,,temporary,,0.333333,LX4 4DD,02/05/2001,14/08/{first},F,Indian,no,55-64,yes,,12.45,
10,1,,permanent,,0.1,LX5 5EE,02/05/2001,30/04/{first},M,,,,,,,
10,2,,permanent,,0.1,LX5 5EE,02/06/{first},,M,,,,,,11.05,yes
11,1,yes,permanent,,0.000005,M1 1AA,,,another term,,,,yes,appréntice,10.42,
13,1,,permanent,,1,LX1 1AA,02/05/2001,15/04/{first},,,,,,,,
14,1,,fixed term,,1,LX2 2BB,,20/04/{first},F,,,,,,,
15,1,yes,permanent,,0.5,ßX1 1AA,43556.5,,,,,,,,,
16,1,yes,permanent,,0.5,ＬＸ１　１ａａ,43555.99,,,,,,,,,
17,1,yes,permanent,,0.5,ﬁ1 1ıŉ,,,,,,,,,,
18,1,yes,permanent,,0.5,LX1-1AA.,29.02.2020,,,,,,,,,
12,1,yes,permanent,,0.000015,LX1 1AA,,,f,black british,y,<20,yes,,10.90,
,,,,,,,,,,,,,,,,
"""
NOBODY = "employee_id,assignment_id,contract,fte,home_postcode,start_date,leave_date\n1,1,bank,0.5,LX1 1AA,,\n"
NOBODY += "2,1,permanent,1,LX1 1AA,01/01/2001,30/03/{first}\n"

LEDGER_HEAD = "transaction_id,payment_date,supplier_id,supplier_name,supplier_postcode,category,net_gbp,"
LEDGER_HEAD += "irrecoverable_vat_gbp,currency\n"
LEDGER = """T1,01-May-{of},00123,\u00d1ame,, catering, 5\u00a0616.65,0.005,GBP
T1,01-May-{of},00123,\u00d1ame,, catering, 5\u00a0616.65,0.005,GBP
T2,16-Jun-{first},s2,"Two, Ltd",LX2 2BB,Crème & Brûlée,(3.10),,\u00a3
T3,{first}-07-05,none,,,RATES,35-,,
T4,5/8/{of},00123,,,Something else,0.005,-0.005,
T5,31/03/{last},,REDACTED PERSONAL DATA,,,-\u00a3999999999.99,,
T6,{first}-09-01 00:00:00,s3,,,Catering,"\u00a3999,999,999.994",,pounds
,,,,,,,,
T7,30-OCT-{first},S2,,, rates, 0,,
T8,15/11/{first},,owl  c.c.,LX1 1AA,Catering,123.455,,
T9,15/12/{first},,AŁU,,,-7.005,,
T10,15/01/{last},s4,Firm with a place,LX4 4DD,,250,,
T11,15/02/{last},s5,Firm in another region,M1 1AA,,250,,
T12,15/02/{last},s6,Credit only,,Catering,-250.50,,
T15,15/02/{last},r002,,,Catering,-1.50,,
T16,15/02/{last},s9,Far Away Ltd,,,7.105,,
T17,15/02/{last},,ΟΔΟΣ Ltd,,,501.75,,
T18,15/02/{last},,οδοσ ltd,,,501.75,,
T19,15/02/{last},,İSTANBUL IŞIK,,,501.75,,
T20,15/02/{last},,i̇stanbul işik,,,501.75,,
T21,15/02/{last},,GROẞE ǅ,,,501.75,,
T22,15/02/{last},,große ǆ,,,501.75,,
T23,15/02/{last},,οδος αε,,,1,,
T24,15/02/{last},,CAFÉ STRAßE,,,1,,
T13,15/02/{last},s7,Straße GmbH,LX5 5EE,Catering,0.015,,
T14,15/02/{last},s8,STRASSE GMBH,LX3 3CC,Catering,0.025,,
"""
TIES = "".join(
    f"X{n},15/0{4 + n % 6}/{{first}},r{n % 320:03d},,,Catering,{500 - (n % 320) // 5}.50,,\n" for n in range(640)
)
FEW = """C1,15/11/{first},s2,"Two, Ltd",LX2 2BB,Crème & Brûlée,(3.10),,£
C2,15/11/{first},s8,Straße GmbH,,,0.015,,
"""
ONLY_MEMBERS = "Z1,01/05/{first},,AŁU,,Catering,10.50,,\nZ2,02/06/{first},,Owlgate City Council,,,-0.005,,\n"
MASTER = """supplier_id,supplier_name,supplier_postcode,branch_in_area,sic_code,size,voluntary_or_community,\
company_number,charity_number,org_id
00123,\u00d1ame,LX1 1AA,,56210,micro,yes,1234567,,
s2,"Two, Ltd",LX3 3CC,yes,5621,250+,no,,,
s3,Three,{before},no,01110,SME,,,SC12345,
s4,Firm with a place,,,99000,large,No,,,GB-COH-1234567
s5,Firm in another region,,yes,84110,,y,,,
s8,STRASSE GMBH,LX2 2BB,no,62012,small,1,,,
s9,Far Away Limited,{of_b},,,,,,,
r000,Tie One Ltd,LX1 1AA,,41201,,,,,
r001,Tie Two Ltd,LX1 1AB,,41201,,,,,
r039,Tie Three Ltd,LX4 4DD,,41201,medium,,,,
"""

ESTATE = """organisation_code,site,open_to_community,floor_area_m2,electricity_kwh,electricity_renewable_kwh,\
electricity_exported_kwh,gas_kwh,oil_kwh,coal_kwh,steam_kwh,hot_water_kwh,biomass_kwh,chp_fuel_kwh,water_m3,\
waste_recycled_tonnes,waste_incinerated_tonnes,waste_landfill_tonnes,waste_clinical_tonnes,fleet_diesel_litres,\
fleet_petrol_litres,travel_car_km,travel_rail_km,travel_air_km,scope_1_tco2e,scope_2_location_tco2e,\
scope_2_market_tco2e,scope_3_tco2e,method
ZA1,Häuptgebäude,yes,66055.5,2487313.0005,0,7,14093737.123,33060,0.001,0.5,2.5,1,9,55221,120.5,80,12,47.6,10400,1200,250000,\
410000,90000,,,,,
ZA1,Nebensaal,,0.001,0.5,0.5,,1.5,,,,,,,0.5,0.0005,,,,0.5,,0.5,,,,,,,
ZA1,\u00dcber,no,1000,{grid},12345678.9,,{gas},9999999999.999,,,,,,,,,,,{diesel},,,,,,,,,
ZA1,Told,1,0,,,,,,,,,,,,,,,,,,,,,12.5,3,0.5,7.25,standard
ZA1,Told in part,,,,,,,,,,,,,,,,,,,,,,,0.000001,2,,,
ZA9,Somebody else's,yes,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,,,,,
"""
#: So large that, times the factors of 2023/24, a division by way of floating point is a gram too high.
TOO_LARGE = {"{grid}": "999999964.314", "{gas}": "999999946.677", "{diesel}": "999999999.131"}
NO_AREA = "site,open_to_community,floor_area_m2,electricity_kwh,gas_kwh\nEmpty,,0,0,0\n"

PROGRAMMES = f"""programme_id,programme,kind,cohort,stage,ward,people,cost_gbp
P,Wäys in,pre-employment,1,Referred,{ARMLEY},30,
P,Wäys in,pre-employment,1,started,{ARMLEY},20,8400.005
P,Wäys in,pre-employment,1,started,,3,
P,Wäys in,pre-employment,1,Completers,{ARMLEY},15,
P,Wäys in,pre-employment,1,into work,{ARMLEY},9,
P,Wäys in,pre-employment,1,13 weeks,{ARMLEY},7,
P,Wäys in,pre-employment,1,26 weeks,{ARMLEY},6,
Q,Ways on,IPS,\u00df,start,{ALWOODLEY},4,0
Q,Ways on,IPS,\u00df,start,{OUTSIDE},1,
Q,Ways on,IPS,\u00df,referral,,8,
Q,Ways on,IPS,\u00df,completion,{ALWOODLEY},3,
Q,Ways on,IPS,\u00df,13 weeks,,2,
Q,Ways on,IPS,\u00df,26 weeks,,1,
Q,Ways on,IPS,\u00df,job,{ALWOODLEY},2,
Q,Ways on,IPS,\u00df,job,,1,
R,Place,Work placement,x,start,{ARMLEY},5,
R,Place,Work placement,x,job,{ARMLEY},2,
"""
NO_STARTS = f"programme_id,programme,kind,cohort,stage,ward,people,cost_gbp\nP,W,ips,1,start,{ARMLEY},0,5\n"
NO_STARTS += f"P,W,ips,1,job,{ARMLEY},0,\n"
LISTENING = f"""item_id,project,source,date,ward,kind,theme,coder,verbatim,consent
1,Zuhören,workshop,16/05/{{first}},{ARMLEY},barrier,navigating recruitment,AB,"Nö, ""never"" again",no
1,Zuhören,workshop,16/05/{{first}},{ARMLEY},barrier,caring responsibilities,CD,,
2,Zuhören,Doorstep,,{ALWOODLEY},love,gaps,AB,,yes
3,Zuhören,,01/06/{{first}},,change,getting there,CD,,
3,Zuhören,,01/06/{{first}},,change,getting there,AB,,
\u00e44,Zuhören,event,,{OUTSIDE},love,health,\u00c4B,,
\u00c45,Zuhören,survey,,,change,places and spaces,ab,,
"""
MULTIPLIER = """round,paid_to,basis,amount_gbp,covered_gbp,least_gbp,most_gbp,asked,responses,source
first,everybody,measured,999999999.995,,,,,,Ledger
second,suppliers,measured,400.005,,,,,,Ledger
round 2,staff,assumed,,,200.015,300.025,,,Payroll
third,suppliers,survey,150.5,300.005,,,40,30,Survey
third,staff,survey,120,,,,90,60,Survey
"""
ALL_ROUNDS = """round,paid_to,basis,amount_gbp,covered_gbp,least_gbp,most_gbp,asked,responses,source
first,everybody,survey,1000.005,,,,7,7,Überblick
second,suppliers,survey,400.005,,,,7,6,Survey
second,staff,measured,200,,,,,,Payroll
third,suppliers,measured,0.005,,,,,,Books
third,staff,survey,120,,,,90,60,Survey
"""
NO_FIRST = "round,paid_to,basis,amount_gbp,least_gbp,most_gbp,source\nfirst,everybody,measured,0,,,L\n"
NO_FIRST += "second,suppliers,measured,0,,,L\nsecond,staff,measured,0,,,L\nthird,suppliers,measured,0,,,L\n"
NO_FIRST += "third,staff,measured,0,,,L\n"
CONTRACTS = """contract_id,awarded_on,value_gbp,social_value_weighting_percent,social_value_committed_gbp,\
social_value_delivered_gbp,framework
1,16/05/{first},1000.005,10,200.015,50,TÖMs
2,17/05/{first},"\u00a3999,999,999.99",,40,,TOMs
3,18/05/{first},300,0,,,
4,19/05/{first},70,,,,
5,19/05/{first},20,0.0005,,,
"""
NO_VALUE = "contract_id,awarded_on,value_gbp,social_value_weighting_percent\n1,16/05/{first},0,\n"
PROGRESSION = """framework,dimension,goal,level,not_applicable,target,evidence,assessor,assessed_on
anchor_progression,employment,,3,,3,Policy,B2,16/02/{last}
anchor_progression,Employment,,Level 2,,4,Pólicy,A1,16/02/{last}
anchor_progression,procurement,,4,no,4,,A1,
anchor_progression,procurement,,1,,,x,B2,
anchor_progression,environment and assets,,1,,,  ,\u00c41,
anchor_progression,service delivery,,,yes,,,A1,
ours,employment,fair_pay,2,,2,,A1,
ours,employment,living_wage,1,,4,,A1,
ours,employment,,3,,1,Ü,A1,
"""
NO_TARGET = "framework,dimension,level,not_applicable,assessor\nanchor_progression,employment,,yes,A\n"
FIGURES = """metric,value,unknown,method
staff,4210,,"Gezählt, 31 July"
staff_living_in_area,2105,35,Count
staff_fte,3999.99999,,Count
"""

NASTY = {
    "workforce": WORKFORCE, "ledger": LEDGER_HEAD + LEDGER + TIES, "suppliers": MASTER, "estate": ESTATE,
    "programmes": PROGRAMMES, "listening": LISTENING, "local_multiplier": MULTIPLIER, "contracts": CONTRACTS,
    "progression": PROGRESSION,
}  # fmt: skip
NOTHING = {
    "workforce": NOBODY, "ledger": LEDGER_HEAD + ONLY_MEMBERS, "estate": NO_AREA, "programmes": NO_STARTS,
    "local_multiplier": NO_FIRST, "contracts": NO_VALUE, "progression": NO_TARGET,
}  # fmt: skip
TOLD = {"figures": FIGURES, "ledger": LEDGER_HEAD + FEW, "suppliers": MASTER}
SENT = {
    ("a", "2022-23"): NASTY, ("a", "2023-24"): NASTY, ("b", "2022-23"): NOTHING,
    ("b", "2023-24"): NASTY | {"local_multiplier": ALL_ROUNDS},
    ("c", "2022-23"): TOLD, ("c", "2023-24"): TOLD,
}  # fmt: skip


def nasty_workspace(folder: Path, engine: Any = "duckdb") -> storage.Workspace:
    """A workspace with the network's files and the returns of all members, whose rows are computed on an engine."""
    workspace = storage.Workspace(folder, engine=engine)
    levers = ", ".join(f'"{lever}"' for lever in LEVERS)
    common = f'sector = "x"\njoined = 2010-04-01\nlevers = [{levers}]\n'
    members = "".join(f'[[members]]\nid = "{name}"\n{about}\n{common}' for name, about in MEMBERS.items())
    home = workspace.network("example")
    storage.write_text(home / "network.toml", SETTINGS + members)
    storage.write_text(home / "categories.toml", CATEGORIES)
    storage.write_text(home / "definitions" / "areas" / "other_wards_v1.yaml", OTHER_WARDS)
    storage.write_text(home / "definitions" / "frameworks" / "ours.yaml", FRAMEWORK)
    for (member, year), tables in SENT.items():
        first = int(year[:4])
        said = {"{before}": "LX1 1AA" if first == 2022 else "", "{of_b}": "LX2 2BB" if member == "b" else ""}
        said |= {
            "{first}": str(first),
            "{last}": str(first + 1),
            "{of}": f"{first % 100:02d}",
            **TOO_LARGE,
            "ZA": f"Z{member.upper()}",
        }
        for table, text in tables.items():
            for mark, value in said.items():
                text = text.replace(mark, value)
            storage.write_text(workspace.raw("example") / year / member / f"{table}.csv", text)
    return workspace


def geography(folder: Path) -> Geography:
    """The places of the network's postcodes, with both releases of deprivation."""
    paths = {}
    for name, frame in (("directory", DIRECTORY), ("ranks", RANKS), ("others", OTHERS)):
        paths[name] = storage.made(folder) / f"{name}.parquet"
        storage.write_frame(frame, paths[name])
    return Geography(paths["directory"], paths["ranks"], "lsoa21", "example", paths["others"], "lsoa11")


def measured_on(engine: Any, folder: Path) -> dict[str, pd.DataFrame]:
    """Every table from cleaned rows to observations by its name, as an engine makes it."""
    workspace = nasty_workspace(folder, engine)
    network, places = load_network(workspace, "example"), geography(folder / "places")
    returns = find_returns(network, workspace, places, network.latest)
    returns = process_returns(returns, network, workspace, places, lambda _: None, workers=1)
    inputs = Inputs(network, workspace, network.latest, returns, places, ())
    found = {}
    for item in returns:
        for what, home in (("cleaned", item.cleaned), ("located", item.located)):
            for path in sorted(path for path in home.iterdir() if not path.name.endswith(".json")):
                found[f"{item.part} {what} {path.stem}"] = _sorted(to_pandas(pq.read_table(path)))
    return found | aggregates(inputs, inputs.engine)


def aggregates(inputs: Inputs, engine: Engine) -> dict[str, pd.DataFrame]:
    """What is counted over all returns of a network."""
    observations = observed(inputs)
    paths = {
        table: [path for item in inputs.returns for path in storage.table_files(item.located, table)]
        for table in inputs.network.catalogue.schema
    }
    gaps = [gap.column for gap in inputs.network.catalogue.gaps.values()]
    return {
        "observations": observations,
        "contributors": contributors_of(inputs, engine, observations),
        "scores": scores_given(paths["progression"], engine),
        "assessors": assessor_agreement(paths["progression"], engine),
        "coders": coder_agreement(paths["listening"], engine),
        "pay": pay_counts(paths["workforce"], gaps, engine),
        "places": supplier_places(paths["ledger"], engine),
    }


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    order = [name for name in ("source_file", "source_sheet", "source_row", "column", "rule") if name in frame]
    return frame.sort_values(order or list(frame.columns), ignore_index=True)[sorted(frame.columns)]
