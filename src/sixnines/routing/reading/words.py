"""The words that tell how difficult a request is and what it is written in.

English, German, French and Spanish by whole words: lower case where they are ASCII, because only ASCII is lowered, with
a first letter beyond ASCII in both cases. Chinese, Japanese, Korean and Russian by stems, because their words are not
parted by spaces or are bent too much. Never a word in two of the three lists. They were chosen for what they ask for,
and checked with the tuning half of `tests/eval/routing` alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sixnines.domain.features import Language

_BY_STEMS = frozenset((Language.CHINESE, Language.JAPANESE, Language.KOREAN, Language.CYRILLIC))


@dataclass(frozen=True, slots=True)
class Known:
    """Words that ask for the same sort of thing, UTF-8.

    Attributes:
        words: whole words, of all languages that have some.
        stems: parts of words, for the languages known by those.
    """

    words: frozenset[bytes]
    stems: Mapping[Language, tuple[bytes, ...]]


def _known(**lists: str) -> Known:
    by_language = {Language[name.upper()]: tuple(_forms(text)) for name, text in lists.items()}
    words = (word for language, forms in by_language.items() if language not in _BY_STEMS for word in forms)
    return Known(frozenset(words), {each: forms for each, forms in by_language.items() if each in _BY_STEMS})


def _forms(text: str) -> Iterator[bytes]:
    for word in text.split():
        yield word.encode()
        if word[0].upper() != word[0] and not word[0].isascii():
            yield (word[0].upper() + word[1:]).encode()


# Proof, design, diagnosis, criticism, decisions between goals.
REASONING = _known(
    english="""
        prove proof proofs proving disprove derive derivation theorem lemma rigorous rigorously induction contradiction
        justify argue argument arguments hypothesis hypotheses conjecture counterexample axioms undecidable infinitely
        recurrence closed-form asymptotic polynomial-time np-hard approximation optimal tight bound lower-bound
        invariant minimise minimize maximise maximize optimise optimize converge convergence stability equilibrium
        design architect architecture protocol consensus distributed sharded sharding replication scalable scalability
        concurrency concurrent deadlock deadlocks lock-free at-least-once exactly-once fault-tolerant migrate migration
        port reverse-engineer reproduce profile bottleneck latency p99 throughput debug diagnose investigate reconcile
        root-cause root causes cause causal counterfactual counterfactuals refactor vulnerability vulnerabilities
        exploit exploited threat security interpreter compiler parser trade-off trade-offs tradeoff tradeoffs
        second-order implications consequences incentives constraints feasible assess appraise critique critically
        evaluate analyse analyze analysis contradict contradicts conflict conflicting consistent consistency
        inconsistent assumptions scenario scenarios sensitivity recommendation strategy strategic roadmap forecast
        estimate simulate construct construction quantify distribution research
    """,
    german="""
        beweise beweis beweisen widerlege herleiten leite herleitung begründe begründung folgerung widerspruch entwirf
        entwerfe entwurf architektur abwägung abwägungen zielkonflikt analysiere analyse bewerte beurteile prüfe
        untersuche vergleiche kritisch diagnostiziere optimiere ursache ursachen strategie annahmen auswirkungen folgen
    """,
    french="""
        démontre démontrer démonstration prouve prouver preuve déduis justifie raisonnement récurrence conçois concevoir
        conception analysez évalue évaluez optimise compromis stratégie risques conséquences hypothèse hypothèses
        contradiction causes critique
    """,
    spanish="""
        demuestra demostrar demostración prueba deduce justifica razona inducción contradicción diseña diseñar diseño
        arquitectura analiza analizar análisis evalúa evaluar optimiza estrategia riesgos consecuencias hipótesis causas
        compara considera
    """,
    chinese="证明 推导 推广 设计 分析 比较 评估 论证 权衡 取舍 架构 优化 诊断 反驳 策略 矛盾 假设",
    japanese="証明 導出 設計 分析 比較 評価 論証 最適化 原因 改善案 問題点 戦略 矛盾 仮定",
    korean="증명 유도 설계 분석 비교 평가 최적화 원인 전략 모순 가정 검토",
    cyrillic="докаж доказ вывед проектир разработа анализир сравни оцени обоснуй оптимизир причин стратег противореч",
)

# More than a fact: to explain, to write, to weigh a little.
COMPOSING = _known(
    english="""
        explain why describe discuss plan planning write draft compose rewrite continue build create implement review
        compare comparison contrast difference differences improve suggest advise help teach summarise summarize
        outline story essay letter speech script poem sonnet scene chapter eulogy article report brief guide lesson
        function tests test class component query endpoint schema dockerfile handle fix expected steps show example
        examples paragraph table structured pros cons localise localize
    """,
    german="""
        erkläre erklär erklären warum wieso beschreibe schreibe schreib verfasse plane unterschied funktion vergleich
        aufsatz zusammenfassung hilf
    """,
    french="""
        explique expliquer pourquoi décris rédige rédiger écris écrire planifie différence fonction lettre aide résume
    """,
    spanish="""
        explica explícame explicar escribe escribir redacta planifica diferencia función consulta carta ayuda resume
        cómo
    """,
    chinese="解释 说明 写一 编写 为什么 如何 怎样 安排 计划 撰写 总结 函数 脚本 例子 行程",
    japanese="説明 書いて 教えて なぜ どうして 作成 計画 まとめ 関数 手順 例を メール",
    korean="설명 작성 왜 계획 요약 함수 테스트 예시 방법",
    cyrillic="объясн почему напиши опиши составь пример функци отличает план",
)

# One step that takes no thought.
ROUTINE = _known(
    english="""
        translate translation say mean means typo typos spelling proofread lowercase uppercase capitalise capitalize
        rename format reformat convert round sort list extract classify sentiment categorise categorize count number
        replace remove shorten shorter tl tldr headline title names name synonym synonyms rhyme joke haiku tagline tweet
        who when where which what whats define spell hi hello hey thanks thank
    """,
    german="""
        übersetze übersetzen rechtschreibung korrigiere kürze nenne wer wann wo wie hallo danke heißt hauptstadt kurze
        kurzen
    """,
    french="""
        traduis traduire corrige fautes orthographe raccourcis qui quand où quelle quel bonjour merci donne-moi idées
    """,
    spanish="""
        traduce traducir corrige ortografía acorta quién cuándo dónde cuál cuántos cuántas significa gracias corto corta
    """,
    chinese="翻译 哪里 几点 什么意思 是谁 多少 名字 简短 改正",
    japanese="訳して 英語に 何です 何メートル いつ どこ 名前 直して 言い方",
    korean="번역 어디 언제 누구 이름 추천 뜻",
    cyrillic="перевед какая какой какие когда где кто сколько",
)

# Frequent words that few of the other languages have.
FREQUENT = {
    Language.ENGLISH: frozenset(
        b"the and is of to it you that what who for with how this these my your can are we do does i from was".split()
    ),
    Language.GERMAN: frozenset(
        _forms("der und ist das nicht ein eine ich mir wie auf den dem zu im für mit wir sie es ins bitte")
    ),
    Language.FRENCH: frozenset(
        _forms("le les et est des une que pas je pour dans du sur avec qui vous mon notre quelle la en")
    ),
    Language.SPANISH: frozenset(
        _forms("el los y es una que no por para con se del al las mi qué cómo cuál un tiene la en")
    ),
}
