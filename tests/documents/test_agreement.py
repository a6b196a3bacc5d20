"""The agreement says what the law asks a contract to say, in the facts' own words."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import pytest

from procurement.documents.agreement import (
    CLAUSES,
    PURCHASE,
    TRANSFER,
    AgreementFacts,
    chinese_number,
    contract_parts,
    print_agreement,
)
from procurement.documents.fonts import FontPaths
from procurement.documents.press import UnprintableCharacter
from tests.documents.reading import bare, body_of, text_of
from tests.documents.samples import AGREEMENT, MADE_AT


def words_of(value: object) -> list[str]:
    """Every text in the facts, line by line."""
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, int):
        return [str(value)]
    if isinstance(value, tuple):
        return [text for each in value for text in words_of(each)]
    return [text for each in fields(value) for text in words_of(getattr(value, each.name))]  # type: ignore[arg-type]


def printed(fonts: FontPaths, facts: AgreementFacts = AGREEMENT, *, demonstration: bool = False) -> bytes:
    """The agreement of these facts."""
    return print_agreement(facts, fonts, demonstration=demonstration, made_at=MADE_AT)


def test_every_fact_stands_in_the_agreement(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    assert [text for text in words_of(AGREEMENT) if bare(text) not in whole] == []


def test_every_clause_stands_in_the_agreement_numbered(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    words = {**asdict(AGREEMENT.wording), **{each.name: getattr(AGREEMENT, each.name) for each in fields(AGREEMENT)}}
    for place, clause in enumerate(CLAUSES, start=1):
        assert bare(f"第{chinese_number(place)}条{clause.heading}") in whole
        for number, paragraph in enumerate(clause.paragraphs, start=1):
            assert bare(f"{place}.{number}{paragraph.format_map(words)}") in whole


def test_what_is_no_purchase_names_no_procurement_law(fonts: FontPaths) -> None:
    whole = body_of(
        printed(
            fonts,
            replace(
                AGREEMENT,
                wording=TRANSFER,
                changes=(),
                parts=contract_parts(TRANSFER, has_talks=False),
                basis="",
                mode="部分转移",
                title="城市管家服务",
                procurement_method="",
            ),
        )
    )
    assert bare(TRANSFER.laws) in whole
    assert [
        word for word in ("政府采购法", "政府购买服务", "采购文件", "备案", "购买主体") if bare(word) in whole
    ] == []


@pytest.mark.parametrize(
    "said",
    [
        "以排列在先的为准",
        "以大写为准",
        "各期比例之和为100%",
        "自验收合格之日起算",
        "不得以审计机关的审计结果作为结算依据",
        "不得将本合同转包给他人",
        "不得以任何形式为乙方的融资行为提供担保",
        "不得超过原合同价款的10%",
        "《中华人民共和国个人信息保护法》",
        "建立项目台账",
        "向社会公告",
        "人民法院",
    ],
)
def test_what_the_law_asks_for_is_said(fonts: FontPaths, said: str) -> None:
    assert said in body_of(printed(fonts))


def test_a_clause_leaves_no_place_unfilled_and_adds_no_braces(fonts: FontPaths) -> None:
    facts = replace(AGREEMENT, content="清单{content}与{0}，照印。", attachments=(), function_code="")
    whole = text_of(printed(fonts, facts))
    assert "清单{content}与{0}，照印。" in whole
    assert whole.count("{") == 2
    assert "职能事项编码无" in whole
    assert "无附件。" in whole


def test_a_name_no_face_has_stops_the_agreement(fonts: FontPaths) -> None:
    party = replace(AGREEMENT.party_b, representative="吴𠮷")
    with pytest.raises(UnprintableCharacter, match=r"𠮷（U\+20BB7）"):
        printed(fonts, replace(AGREEMENT, party_b=party))


def test_equal_facts_have_one_digest_and_any_other_word_another() -> None:
    assert AGREEMENT.digest() == replace(AGREEMENT).digest()
    assert len(AGREEMENT.digest()) == 64
    others = {replace(AGREEMENT, price="人民币壹元整（¥1.00）").digest(), replace(AGREEMENT, targets=()).digest()}
    assert len(others | {AGREEMENT.digest()}) == 3


def test_the_digest_is_canonical() -> None:
    assert AGREEMENT.digest() == "a5b0bff2af4a0347f95126f42d035e45d7f471b52f96e5a2b379be0b881ddd2e"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (22, "二十二"), (99, "九十九")]
)
def test_articles_are_numbered_in_chinese(number: int, text: str) -> None:
    assert chinese_number(number) == text


def test_what_the_talks_changed_stands_in_paragraphs_of_its_own_beside_other_supplements(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    place = next(at for at, clause in enumerate(CLAUSES, start=1) if clause.table == "changes")
    for number, said in enumerate(
        (
            AGREEMENT.special_terms,
            "第1号变动通知，服务要求：夜间巡查改为两次。",
            "第1号变动通知，合同条款：违约金按日计万分之五。",
            "上述变动与本合同其他条款不一致的，以变动通知为准。",
        ),
        start=1,
    ):
        assert bare(f"{place}.{number}{said}") in whole
    assert bare("（3）书面变动通知；（4）乙方的最后报价及其响应；（5）乙方的投标（响应）文件及其澄清、承诺") in whole
    without = body_of(printed(fonts, replace(AGREEMENT, changes=(), parts=contract_parts(PURCHASE, has_talks=False))))
    assert bare("变动通知") not in without
    assert bare("最后报价") not in without
