"""Files as other products write them."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from wurao.core.clock import iso, parse_instant
from wurao.core.errors import InputError
from wurao.intake.ftc import CATEGORIES
from wurao.store.book import Book

FTC = "ftc_dnc_complaints_2021-07-07_before14h.parquet"
FTC_HEADER = (
    "Company_Phone_Number,Created_Date,Violation_Date,Consumer_City,Consumer_State,Consumer_Area_Code,Subject,"
    "Recorded_Message_Or_Robocall\n"
)


def test_the_ftcs_day_is_accounted_for_and_a_second_time_changes_nothing(importer, shared, refused, stored):
    path = shared / "data" / FTC
    first = importer("reports", path, named="ftc")
    assert (first.read, first.stored, first.duplicate, first.quarantined) == (5729, 5389, 0, 340)
    assert first.remarks == ["times carry no zone and are read as US Eastern"]
    assert {entry["column"] for entry in refused(first)} == {"company_phone_number"}
    again = importer("reports", path, named="ftc")
    assert (again.stored, again.duplicate, again.quarantined) == (0, 5389, 340)
    rows = stored("reports")
    assert len({row["row_id"] for row in rows}) == 5389
    assert Counter(row["method"] for row in rows)["robot"] > 3000
    assert all(row["subject"] is None and row["subject_number"] > 10**10 for row in rows)


def test_the_ftcs_own_csv_gives_the_same_rows(importer, shared, tmp_path):
    from pyarrow import csv, parquet

    table = parquet.read_table(shared / "data" / FTC)
    names = {name.lower(): name for name in FTC_HEADER.strip().split(",")}
    for column in ("created_date", "violation_date"):
        at = table.column_names.index(column)
        table = table.set_column(at, column, table.column(column).cast("timestamp[s]").cast("string"))
    csv.write_csv(table.rename_columns([names[name] for name in table.column_names]), tmp_path / "dnc.csv")
    assert importer("reports", shared / "data" / FTC, named="ftc").stored == 5389
    again = importer("reports", tmp_path / "dnc.csv", named="ftc")
    assert (again.read, again.stored, again.duplicate) == (5729, 0, 5389)


def test_ftc_rows(importer, write, stored, refused):
    rows = (
        "4703352559,2021-11-07 09:00:00,2021-11-07 01:30:00,,Georgia,470,Medical  & prescriptions,Y\n"
        "4703352559,2021-07-07 00:01:15,2021-07-06 12:00:00,,Georgia,470,Other,N\n"
        "4703352559,2021-07-07 00:01:15,2021-07-06 12:00:00,,Georgia,470,Other,N\n"
        ",2021-07-07 00:01:15,2021-07-06 12:00:00,,Georgia,470,Other,N\n"
    )
    summary = importer("reports", write("dnc.csv", FTC_HEADER + rows), named="ftc")
    assert (summary.stored, summary.quarantined) == (3, 1)  # two equal complaints are two
    assert refused(summary)[0]["line"] == 5
    eastern = ZoneInfo("America/New_York")
    first = max(stored("reports"), key=lambda row: row["occurred_us"])
    assert iso(first["occurred_us"], eastern) == "2021-11-07T01:30:00-04:00"  # the earlier of the two half past one
    assert (first["category"], first["method"], first["subject_number"]) == ("medical_beauty", "robot", 14703352559)
    with pytest.raises(InputError, match="violation_date"):
        importer("reports", write("other.csv", "company_phone_number,created_date\n1,2\n"), named="ftc")


def test_the_ftcs_subjects_are_all_placed():
    from wurao.core.categories import BY_NAME

    assert len(CATEGORIES) == 15
    assert set(CATEGORIES.values()) <= set(BY_NAME)


@pytest.mark.parametrize(
    ("name", "rows", "least"), [("phoneblock_spamreports_2023-09-30", 10049, 9900), ("dontobi_spam_calllist", 383, 375)]
)
def test_german_block_lists(importer, shared, name, rows, least, stored):
    path = shared / "data" / f"{name}.parquet"
    summary = importer("reports", path, named="phoneblock")
    assert summary.read == rows
    assert summary.stored >= least
    assert importer("reports", path, named="phoneblock").stored == 0
    numbers = {row["subject_number"] for row in stored("reports")} - {0}
    assert sum(str(number).startswith("49") for number in numbers) > len(numbers) / 4


def test_a_block_list_as_text(importer, write, stored, refused):
    text = "# Bereich 03\n0304070744*\n030-2554 5764\n+12603404548\n0043664271181285\n0151\nunbekannt\n"
    summary = importer("reports", write("bereich_2023-09-30.txt", text), named="phoneblock")
    assert (summary.read, summary.stored, summary.quarantined) == (6, 4, 2)
    assert [entry["line"] for entry in refused(summary)] == [6, 7]
    assert "2023-09-30" in summary.remarks[0]
    rows = stored("reports")
    assert {row["subject"] for row in rows} == {None, "+49304070744*"}
    assert {row["subject_number"] for row in rows} == {0, 493025545764, 12603404548, 43664271181285}
    assert {iso(row["occurred_us"], ZoneInfo("Europe/Berlin")) for row in rows} == {"2023-09-30T00:00:00+02:00"}


ASTERISK = (
    '"","13800138000","02188886666","from-trunk","""Li"" <13800138000>","PJSIP/trunk-in-0000001a","PJSIP/200-0000001b",'
    '"Dial","PJSIP/200,30","2026-08-01 09:30:00","2026-08-01 09:30:07","2026-08-01 09:31:07",67,60,"ANSWERED",'
    '"DOCUMENTATION","1785547800.26",""\n'
    '"","","02188886666","from-trunk","","PJSIP/trunk-in-0000001c","","Dial","PJSIP/200,30",'
    '"2026-08-01 09:40:00",,"2026-08-01 09:40:20",20,0,"NO ANSWER","DOCUMENTATION","1785548400.28",""\n'
    '"","13800138000","s","from-trunk","","PJSIP/trunk-in-0000001d","","Hangup","",'
    '"2026-08-01 09:50:00",,"2026-08-01 09:50:00",0,0,"FAILED","DOCUMENTATION","1785549000.30",""\n'
)


def test_asterisks_master_csv(importer, write, stored, refused):
    summary = importer("calls", write("Master.csv", ASTERISK), named="asterisk")
    assert (summary.stored, summary.quarantined) == (2, 1)
    assert (refused(summary)[0]["line"], refused(summary)[0]["column"]) == (3, "callee")
    answered, missed = sorted(stored("calls"), key=lambda row: row["start_us"])
    assert answered["start_us"] == parse_instant("2026-08-01T09:30:00+08:00")
    assert (answered["ring_ms"], answered["talk_ms"], answered["disposition"]) == (7000, 60000, "answered")
    assert (answered["caller"], answered["caller_kind"], answered["ingress"]) == (8613800138000, "mobile", "trunk-in")
    assert (missed["caller"] or 0, missed["caller_kind"], missed["disposition"]) == (0, "anonymous", "no_answer")
    with pytest.raises(InputError, match="columns instead of"):
        importer("calls", write("other.csv", "a,b,c\n"), named="asterisk")


FREESWITCH = (
    '"Wang","13800138000","13900139000","public","2026-08-01 09:30:00","2026-08-01 09:30:05","2026-08-01 09:30:35",'
    '"35","30","NORMAL_CLEARING","6a1f1d9e-0001","6a1f1d9e-0002","trunk1","PCMA","PCMA"\n'
    '"","0000000000","13900139000","public","2026-08-01 09:31:00","","2026-08-01 09:31:09",'
    '"9","0","ORIGINATOR_CANCEL","6a1f1d9e-0003","","trunk1","",""\n'
)


def test_freeswitchs_cdr_csv(importer, write, stored):
    assert importer("calls", write("Master.csv", FREESWITCH), named="freeswitch").stored == 2
    answered, cancelled = sorted(stored("calls"), key=lambda row: row["start_us"])
    assert (answered["call_id"], answered["ring_ms"], answered["talk_ms"]) == ("6a1f1d9e-0001", 5000, 30000)
    assert (cancelled["disposition"], cancelled["caller_kind"], cancelled["talk_ms"]) == ("cancelled", "anonymous", 0)


ACC_LOG = (
    "Aug  1 09:30:00 sip kamailio[99]: NOTICE: acc [acc.c:279]: acc_log_request(): ACC: transaction answered: "
    "timestamp=1785547800;method=INVITE;from_tag=a;to_tag=b;call_id=x1@lab;code=200;reason=OK;src_user=13800138000;"
    "src_domain=lab;src_ip=10.0.0.1;dst_ouser=13900139000;dst_user=13900139000;dst_domain=10.0.0.2\n"
    "Aug  1 09:30:01 sip kamailio[99]: something else\n"
    "ACC: call missed: timestamp=1785547810;method=INVITE;from_tag=a;to_tag=b;call_id=x2@lab;code=486;reason=Busy Here;"
    "src_user=13800138001;src_ip=10.0.0.1;dst_ouser=13900139000\n"
    "ACC: transaction answered: timestamp=1785547842;method=BYE;from_tag=a;to_tag=b;call_id=x1@lab;code=200;reason=OK;"
    "src_user=13800138000;dst_ouser=13900139000\n"
    "ACC: transaction answered: timestamp=1785547900;method=INVITE;call_id=x3@lab;code=200;src_user=13800138000;"
    "dst_ouser=13900139000\n"
)


def test_kamailios_log(importer, write, stored):
    summary = importer("calls", write("acc.log", ACC_LOG), named="kamailio")
    assert (summary.read, summary.stored, summary.left_out) == (3, 3, 2)
    rows = {row["call_id"]: row for row in stored("calls")}
    assert (rows["x1@lab"]["talk_ms"], rows["x1@lab"]["disposition"]) == (42000, "answered")
    assert rows["x1@lab"]["ingress"] == "10.0.0.1"
    assert rows["x2@lab"]["disposition"] == "busy"
    assert rows["x3@lab"]["talk_ms"] is None


def test_kamailios_tables(importer, write, stored, refused):
    acc = (
        "id\tmethod\tfrom_tag\tto_tag\tcallid\tsip_code\tsip_reason\ttime\tsrc_user\tsrc_ip\tdst_ouser\n"
        "1\tINVITE\ta\tb\ty1\t407\tAuth\t2026-08-01 09:29:59\t13800138000\t10.0.0.1\t13900139000\n"
        "2\tINVITE\ta\tb\ty1\t200\tOK\t2026-08-01 09:30:00\t13800138000\t10.0.0.1\t13900139000\n"
        "3\tBYE\ta\tb\ty1\t200\tOK\t2026-08-01 09:30:12\t13800138000\t10.0.0.1\t13900139000\n"
    )
    summary = importer("calls", write("acc.tsv", acc), named="kamailio")
    assert (summary.read, summary.stored, summary.left_out) == (1, 1, 2)
    cdrs = (
        "id,start_time,end_time,duration,caller,callee,callid\n"
        "1,2026-08-01 10:00:00,2026-08-01 10:00:31,31.417,13800138000,13900139000,z1\n"
        "2,2026-08-01 10:01:00,2026-08-01 10:00:31,-29.0,13800138000,13900139000,z2\n"
    )
    summary = importer("calls", write("acc_cdrs.csv", cdrs), named="kamailio")
    assert (summary.stored, summary.quarantined) == (1, 1)
    assert refused(summary)[0]["reason"] == "is negative"
    assert {row["call_id"]: row["talk_ms"] for row in stored("calls")} == {"y1": 12000, "z1": 31417}


VCARDS = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=\r\n=E4=B8=89;;;;\r\n"
    "TEL;CELL;PREF:138 0013 8001\r\nTEL;HOME:(010) 8888-6666\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Li\r\nitem1.TEL;TYPE=CELL:+86 139-0013-\r\n 9000\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:ICBC\r\nORG:中国工商银行;\r\nCATEGORIES:银行\r\n"
    "TEL;VALUE=uri;TYPE=work:tel:95588;ext=1\r\nTEL:ask me\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:nobody\r\nEND:VCARD\r\n"
)


def test_an_address_book(importer, write, refused, home):
    path = write("me.vcf", VCARDS)
    with pytest.raises(InputError, match="whose address book"):
        importer("contacts", path)
    summary = importer("contacts", path, subscriber="13700137000")
    assert (summary.stored, summary.quarantined, summary.left_out) == (4, 1, 1)
    assert (refused(summary)[0]["line"], refused(summary)[0]["column"]) == (20, "number")
    assert importer("contacts", path, subscriber="13700137000").stored == 0
    book = Book.at(home.book)
    numbers = {pair.subject for pair in book.pairs_of(8613700137000)}
    book.close()
    assert numbers == {8613800138001, 861088886666, 8613900139000, 10**15 + 95588}


def test_an_organisations_card(importer, write, home):
    assert importer("verified", write("bank.vcf", VCARDS)).stored == 4
    book = Book.at(home.book)
    (found,) = book.verified_for(10**15 + 95588)
    book.close()
    assert (found.organisation, found.purpose) == ("中国工商银行", "银行")


def test_freepbxs_blacklist(importer, write, stored, refused):
    text = "number,description\n13712345678,=cmd|x\n0016502530000,1\nblocked,1\ndest,\n1371234567890123456789,2\n"
    summary = importer("reports", write("blacklist_2026-08-01.csv", text), named="freepbx")
    assert (summary.stored, summary.quarantined, summary.left_out) == (2, 1, 2)
    assert refused(summary)[0]["line"] == 6
    assert {row["subject_number"] for row in stored("reports")} == {8613712345678, 16502530000}
    assert not [row for row in stored("reports") if row["text"]]
    with pytest.raises(InputError, match="called number"):
        importer("reports", write("other.csv", "a,b\n1,2\n"), named="freepbx")
