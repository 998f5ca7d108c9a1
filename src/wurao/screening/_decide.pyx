# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The compiled decision on one call or a batch of calls; ``decide_pure`` is its twin and says it in plain Python.

A failure of ours lets the phone ring: ``decide`` never raises, it counts in ``faults`` and answers guard FAULT.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from posix.time cimport CLOCK_REALTIME, clock_gettime, timespec
from wurao.core._numbers cimport is_950, is_public, judge_bytes, kind_of
from wurao.store.tables cimport _slots
from wurao.store.tables._slots cimport Cell, Shield, View, wurao_load, wurao_prefetch

from wurao.core import verdict, wishes
from wurao.core.errors import InputError
from wurao.core.payload import CIRCUMSTANCES, INVALID_CALLER, DecisionFlag, DecisionWord

cdef enum:
    STRIDE = 6              # calls between two stages of the pipeline
    WINDOW = 32             # a power of two above three strides
    RING = 0
    LABEL = 1
    REJECT = 4
    NOT_ENROLLED = 1
    EMERGENCY_CALLBACK = 2
    ALLOWED = 3
    DENIED = 4
    PUBLIC_SERVICE = 5
    DIALLED = 6
    CONTACT = 7
    EXPECTED = 8
    ANSWERED = 9
    VERIFIED = 10
    SYSTEM = 11
    SEGMENT = 12
    QUIET_HOURS = 13
    REPEAT = 14
    FAULT = 15
    F_SHADOW = 1
    F_RANGE = 2
    F_RISK = 4
    F_VERIFIED = 8
    F_INHERITED = 16
    F_REPEAT = 32
    F_QUIET = 64
    F_UNLABELLED = 128
    MANY_CALLS = 12             # index of unknown_bulk among the wish levels
    KIND_FIXED = 2
    KIND_95 = 3
    KIND_400 = 5
    KIND_106 = 6
    KIND_OVERSEAS = 8
    KIND_HKMOTW = 9
    NUMBER_DECIDED = 0
    NUMBER_UNDECIDED = 2

cdef uint64_t NO_NUMBER = INVALID_CALLER
cdef uint64_t SERVICE = 1000000000000000
cdef uint64_t OPAQUE = 1100000000000000

cdef extern from *:
    """
    /* 0…47 of a local instant; zones lie less than a day from UTC */
    static inline uint64_t wurao_half_hour(int64_t us) {
        return (uint64_t)(us + 86400000000LL) % 86400000000ULL / 1800000000ULL;
    }
    """
    uint64_t wurao_half_hour(int64_t us) noexcept nogil


cdef struct Asked:          # what a call asks the tables for: known before any of them is read
    uint64_t pair
    uint64_t pair_hash
    uint64_t caller_hash
    uint64_t four           # the caller's block of 10,000
    uint64_t four_hash


cdef struct Weighed:
    int32_t action
    int32_t key
    int64_t score
    uint32_t category
    uint32_t flags


cdef inline uint64_t settled(uint64_t action, uint64_t guard, uint64_t code) noexcept nogil:
    return action | guard << 3 | code << 25


cdef uint32_t raised_by(const Setting *setting, uint64_t caller, uint64_t callee, uint32_t circumstances) noexcept nogil:
    """Return a bit per CallSymbol that this call raises."""
    cdef uint32_t raised = (circumstances >> 1 & 1) << 4 | (circumstances >> 2 & 3) << 8
    cdef uint8_t kind
    if caller == 0:
        return raised | 1
    if caller == NO_NUMBER:
        return raised | 2
    if _slots.is_mobile(caller):
        return raised | <uint32_t>(_slots.is_mobile(callee) and caller // 10000 == callee // 10000) << 5
    if not setting.domestic and is_public(caller):
        raised |= 4
    kind = kind_of(caller)
    if setting.overseas and (SERVICE <= caller < OPAQUE or kind == KIND_FIXED):
        raised |= 8
    return raised | <uint32_t>(kind == KIND_OVERSEAS) << 6 | <uint32_t>(kind == KIND_HKMOTW) << 7


cdef int32_t reached(const int32_t *row, int64_t score) noexcept nogil:
    """Return the severest action whose threshold is reached: thresholds needn't rise."""
    cdef int32_t i, action = RING
    for i in range(REJECT):
        action = i + 1 if score >= row[i] else action
    return action


cdef void weigh(const Law *law, const Setting *setting, uint64_t wish, uint32_t risk, uint32_t block, uint32_t raised,
                bint shadow_too, Weighed *w) noexcept nogil:
    """Weigh what is known: score, category, and the action that the callee's wish takes on them."""
    cdef int64_t own = 0, around = 0, call
    cdef const int32_t *row
    cdef int32_t level
    w.flags = 0
    w.action = RING
    if risk >> 5 & 15 and (shadow_too or not risk >> 10 & 1):
        own = (risk >> 5 & 15) * 10
        w.flags |= F_RISK
    if block >> 5 & 15 and (shadow_too or not block >> 10 & 1):
        around = min(<int64_t>(block >> 5 & 15) * 10, <int64_t>setting.range_cap)
        w.flags |= F_RANGE
    call = setting.everything[raised] if shadow_too else setting.live[raised]
    w.score = max(own + around + call, 0)
    if own:
        w.category = risk & 31
    elif call > 0 and law.category[raised]:
        w.category = law.category[raised]
    elif around:
        w.category = block & 31
    else:
        w.category = risk & 31
    w.key = law.key_of[w.category]
    level = 0 if w.key < 0 else wish >> (2 * w.key) & 3
    if level == 0:
        return
    row = &setting.thresholds[level - 1][0]
    w.action = reached(row, w.score)
    if w.action > LABEL and not raised & law.evidence:
        w.action = LABEL
        if own and not risk >> 11 & 1:
            w.action = max(LABEL, reached(row, w.score - around if risk >> 13 & 1 else w.score))


cdef uint32_t segment_rule(uint64_t caller, uint64_t wish) noexcept nogil:
    """Return the subscriber's own rule for the caller's segment: 0 ring, 1 label, 2 reject."""
    cdef uint8_t kind
    cdef uint32_t segment
    if not wish >> 26 & 0xFFF or caller == 0 or caller == NO_NUMBER or _slots.is_mobile(caller):
        return 0
    kind = kind_of(caller)
    if kind == KIND_OVERSEAS:
        segment = 0
    elif kind == KIND_HKMOTW:
        segment = 1
    elif kind == KIND_400:
        segment = 2
    elif kind == KIND_95:
        segment = 4 if is_950(caller) else 3
    elif kind == KIND_106:
        segment = 5
    else:
        return 0
    return wish >> (26 + 2 * segment) & 3


cdef inline bint is_quiet(uint64_t wish, int64_t local_us) noexcept nogil:
    cdef uint64_t start = wish >> 38 & 63, end = wish >> 44 & 63, now = wurao_half_hour(local_us)
    if start <= end:
        return start <= now < end
    return now >= start or now < end


cdef uint32_t lists_of(const Shield *s, uint64_t wish, uint64_t caller, uint64_t callee, const Asked *asked,
                       int64_t at_us) noexcept nogil:
    """Return a bit per PairKind that holds; the callee's own prefixes count where the number itself isn't listed."""
    cdef uint32_t found, pairs = _slots.pairs_at(s, &s.pair, asked.pair, asked.pair_hash, at_us)
    cdef uint64_t span, key
    if wish >> 50 & 1 and not pairs & 3 and caller < OPAQUE:
        for span in range(1, 12):
            key = _slots.pair_key(callee, _slots.range_key(_slots.wurao_block(caller, span), span))
            found = 3 & _slots.pairs_at(s, &s.pair, key, _slots.spread(key), at_us)
            if found:
                return pairs | found
    return pairs


cdef uint64_t guarded(const Setting *setting, uint64_t caller, uint32_t pairs, uint32_t risk,
                      uint32_t block) noexcept nogil:
    """Return the word of the first guard that settles the call, 0 if none does."""
    if pairs & 1:
        return settled(RING, ALLOWED, 0)
    if pairs & 2:
        return settled(REJECT, DENIED, setting.personal_code)
    if setting.domestic and not _slots.is_mobile(caller) and is_public(caller):
        return settled(RING, PUBLIC_SERVICE, 0)
    if pairs & 4:
        return settled(RING, DIALLED, 0)
    if pairs & 8:
        return settled(RING, CONTACT, 0)
    if pairs & 16:
        return settled(RING, EXPECTED, 0)
    if pairs & 32 and not pairs & 128 and not risk >> 12 & 1:
        return settled(RING, ANSWERED, 0)
    if setting.domestic and (risk | block) >> 9 & 1:
        return settled(RING, VERIFIED, 0)
    return 0


cdef uint64_t verdict_on(const Law *law, const Setting *setting, uint64_t wish, uint64_t caller, uint64_t callee,
                         uint32_t risk, uint32_t block, int64_t at_us, uint32_t circumstances) noexcept nogil:
    """Return the word of the system's verdict under the callee's wish and own rules."""
    cdef uint32_t raised = raised_by(setting, caller, callee, circumstances), rule
    cdef Weighed live, chosen, everything
    cdef uint64_t guard, code
    cdef int32_t demanded
    cdef bint shadow = False, opaque = OPAQUE <= caller < NO_NUMBER, quiet = is_quiet(wish, at_us + law.zone_us)
    weigh(law, setting, wish, risk, block, raised, False, &live)
    chosen = live
    if live.action == RING and ((risk | block) >> 10 & 1 or setting.live[raised] != setting.everything[raised]):
        weigh(law, setting, wish, risk, block, raised, True, &everything)
        if everything.action > RING:
            chosen = everything
            shadow = True
    if opaque and chosen.action > LABEL:
        chosen.action = LABEL
    guard = SYSTEM if chosen.score else 0
    code = setting.codes[chosen.action]
    rule = segment_rule(caller, wish)
    demanded = RING if rule == 0 else LABEL if rule == 1 or opaque else REJECT
    if demanded > (RING if shadow else chosen.action):
        chosen = live
        chosen.action = demanded
        guard = SEGMENT
        code = setting.personal_code if demanded == REJECT else 0
        shadow = False
    elif quiet and (shadow or chosen.action == RING) and live.key == MANY_CALLS:
        chosen = live
        chosen.action = LABEL
        guard = QUIET_HOURS
        code = 0
        shadow = False
    if circumstances & 1 and not shadow and RING < chosen.action < REJECT and (
            chosen.action == LABEL or chosen.key == MANY_CALLS):
        chosen.action = RING
        guard = REPEAT
        code = 0
    if (risk | block) >> 9 & 1:
        chosen.flags |= F_VERIFIED
    if risk >> 11 & 1:
        chosen.flags |= F_INHERITED
    if circumstances & 1:
        chosen.flags |= F_REPEAT
    if quiet:
        chosen.flags |= F_QUIET
    if shadow:
        chosen.flags |= F_SHADOW
    return (<uint64_t>chosen.action | guard << 3 | <uint64_t>chosen.category << 8
            | <uint64_t>((risk if risk >> 5 & 15 else block) >> 5 & 15) << 13 | <uint64_t>chosen.flags << 17
            | code << 25 | <uint64_t>min(chosen.score, 65535) << 35 | <uint64_t>raised << 51)


cdef uint64_t judge(const Shield *s, const Law *law, uint32_t profile, uint64_t caller, uint64_t callee,
                    const Asked *asked, uint32_t four, uint32_t ingress, int64_t at_us,
                    uint32_t circumstances) noexcept nogil:
    """Return the word of the decision on one call.

    ``profile`` is the callee's number of a profile, ``asked`` the keys, ``four`` the payload of the caller's block
    of 10,000, which only a number that can be looked up has; ``circumstances``: bit 0 repeat, the others as
    ``core.payload.CIRCUMSTANCES``.
    """
    cdef uint64_t wish = 0, word = 0, key
    cdef const Setting *setting = law.settings + (ingress if ingress < law.count else 0)
    cdef uint32_t risk = 0, block = 0
    if profile == 0:
        return settled(RING, NOT_ENROLLED, 0)
    if profile < s.n_profiles:
        wish = wurao_load(s.profiles + profile)
    if not wish >> 63:
        return settled(RING, FAULT, 0)
    if caller > NO_NUMBER:
        caller = NO_NUMBER
    if at_us < 0:
        at_us = 0
    if caller != 0 and caller != NO_NUMBER:
        risk = _slots.risk_at(s, caller, asked.caller_hash)
        if caller < OPAQUE:
            block = _slots.smallest_range(s, caller, four)
        word = guarded(setting, caller, lists_of(s, wish, caller, callee, asked, at_us), risk, block)
    if word == 0:
        word = verdict_on(law, setting, wish, caller, callee, risk, block, at_us, circumstances)
    if word & 7:
        key = _slots.pair_key(callee, 0)
        if _slots.pairs_at(s, &s.emergency, key, _slots.spread(key), at_us) >> 6 & 1:
            return settled(RING, EMERGENCY_CALLBACK, 0)
    return word


cdef inline void fetch_first(const Shield *s, uint64_t caller, uint64_t callee, Asked *asked) noexcept nogil:
    """Ask for the lines that a decision reads and that are known at once; fill ``asked``.

    A caller beyond all numbers is judged as NO_NUMBER, which nothing is looked up for.
    """
    asked.pair = _slots.pair_key(callee, caller)
    asked.pair_hash = _slots.spread(asked.pair)
    asked.caller_hash = _slots.spread(caller)
    asked.four = _slots.range_key(caller // 10000, 4)
    asked.four_hash = _slots.spread(asked.four)
    _slots.fetch_directory(s, callee)
    _slots.fetch_line(&s.ranges, asked.four_hash)
    _slots.fetch_line(&s.risk, asked.caller_hash)
    _slots.fetch_line(&s.pair, asked.pair_hash)
    if _slots.may_hold(s, _slots.HEAD_RISK, asked.caller_hash):
        _slots.fetch_line(&s.live_risk, asked.caller_hash)
    if _slots.may_hold(s, _slots.HEAD_RANGE, asked.four_hash):
        _slots.fetch_line(&s.live_range, asked.four_hash)
    if _slots.may_hold(s, _slots.HEAD_PAIR, asked.pair_hash):
        _slots.fetch_line(&s.live_pair, asked.pair_hash)


cdef void judge_all(const Shield *s, const Law *law, Py_ssize_t n, const uint64_t *callers, const uint64_t *callees,
                    const uint16_t *ingress, const int64_t *at_us, const uint8_t *circumstances,
                    uint64_t *out) noexcept nogil:
    """Judge calls in a pipeline: each stage asks for the cache lines that the next one reads, STRIDE calls later.

    So memory answers for some calls while others are judged.
    """
    cdef const uint16_t *places[WINDOW]
    cdef Asked asked[WINDOW]
    cdef uint32_t fours[WINDOW]
    cdef Py_ssize_t first, second, third, i
    for first in range(n + 3 * STRIDE):
        if first < n:
            fetch_first(s, callers[first], callees[first], &asked[first % WINDOW])
        second = first - STRIDE
        if 0 <= second < n:
            i = second % WINDOW
            _slots.fetch_page(s, callees[second])
            fours[i] = _slots.range_of(s, asked[i].four, asked[i].four_hash)
            _slots.fetch_finer(s, callers[second], fours[i])
        third = second - STRIDE
        if 0 <= third < n:
            i = third % WINDOW
            places[i] = _slots.paged_place(s, callees[third])
            if places[i] != NULL:
                wurao_prefetch(places[i])
        third -= STRIDE
        if 0 <= third < n:
            i = third % WINDOW
            out[third] = judge(s, law, _slots.wish_from(s, callees[third], places[i]), callers[third], callees[third],
                               &asked[i], fours[i], ingress[third], at_us[third], circumstances[third])


cdef class Rules:
    """A CompiledPolicy as C reads it; raises ConfigError for one that can't be run."""

    def __cinit__(self):
        self.law.settings = NULL

    def __init__(self, policy):
        cdef Setting *setting
        cdef int i
        policy.check()
        self.ingress = dict(policy.ingress)
        self.law.count = len(policy.settings)
        self.law.settings = <Setting *>calloc(self.law.count, sizeof(Setting))
        if self.law.settings == NULL:
            raise MemoryError
        self.law.evidence = policy.evidence
        self.law.zone_us = policy.zone_us
        for i in range(SETS):
            self.law.category[i] = policy.call_category[i]
        for i in range(32):
            self.law.key_of[i] = wishes.key_of(i)
        for i, settings in enumerate(policy.settings):
            self._copy(&self.law.settings[i], settings)

    cdef int _copy(self, Setting *setting, settings) except -1:
        cdef int i, j
        setting.domestic = settings.trusted and not settings.overseas
        setting.overseas = settings.overseas
        setting.range_cap = settings.range_cap
        setting.personal_code = settings.personal_code
        for i, code in enumerate((0, 0, *settings.codes)):
            setting.codes[i] = code
        for i in range(3):
            for j in range(4):
                setting.thresholds[i][j] = settings.thresholds[i][j]
        setting.mute = not settings.shows_labels
        for i in range(SETS):
            setting.live[i] = settings.call_live[i]
            setting.everything[i] = settings.call_all[i]

    def __dealloc__(self):
        free(self.law.settings)


cdef class Decision:
    """The decision on one call; fields as in ``core.payload.DecisionWord``, decoded when asked for."""

    def __init__(self, uint64_t word):
        self.word = word

    @property
    def action(self):
        """What the network does, were no rule in SHADOW; see ``rings``."""
        return verdict.Action(self.word & 7)

    @property
    def guard(self):
        """Which rule settled the call."""
        return verdict.Guard(self.word >> 3 & 31)

    @property
    def category(self):
        """The code of the category."""
        return <int>(self.word >> 8 & 31)

    @property
    def level(self):
        """The level of the number, else of its range."""
        return <int>(self.word >> 13 & 15)

    @property
    def flags(self):
        """Circumstances, as DecisionFlag."""
        return DecisionFlag(self.word >> 17 & 255)

    @property
    def code(self):
        """The SIP answer, 0 where the call goes on."""
        return <int>(self.word >> 25 & 1023)

    @property
    def score_deci(self):
        """The score in tenths of a point."""
        return <int>(self.word >> 35 & 65535)

    @property
    def symbols(self):
        """A bit per CallSymbol that was raised."""
        return <int>(self.word >> 51 & 1023)

    @property
    def shadow(self):
        """Only SHADOW rules spoke against the call."""
        return bool(self.word >> 17 & 1)

    @property
    def rings(self):
        """The phone rings with nothing added: the action is ring, or a shadow's."""
        return self.word & 7 == 0 or bool(self.word >> 17 & 1)

    def unpack(self):
        """Return the fields as a struct."""
        return DecisionWord.unpack(self.word)

    def __repr__(self):
        return repr(self.unpack())


cdef inline Decision as_decision(uint64_t word):
    cdef Decision decision = Decision.__new__(Decision)
    decision.word = word
    return decision


cdef inline int64_t now_us() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_REALTIME, &now)
    return <int64_t>now.tv_sec * 1000000 + now.tv_nsec // 1000


cpdef uint64_t number_of(object given, uint64_t unreadable) except? 0:
    """Return the number of an integer or a text; what even the full judge can't read is ``unreadable``."""
    cdef Py_ssize_t size
    cdef const char *text
    cdef uint8_t status = NUMBER_DECIDED
    cdef uint64_t number
    if not isinstance(given, str):
        return given
    try:
        text = PyUnicode_AsUTF8AndSize(given, &size)
    except UnicodeEncodeError:  # bytes of the network that were no UTF-8
        return unreadable
    number = judge_bytes(text, size, &status)
    if status != NUMBER_UNDECIDED:
        return number
    from wurao.core.numbers import read

    try:
        return read(given.partition(";")[0])  # parameters of a SIP user, such as verstat
    except InputError:
        return unreadable


cdef uint32_t vouched(str attestation) except? 0:
    """Return the circumstances by how a number is vouched for; words that mean nothing here are passed over."""
    return CIRCUMSTANCES.get(attestation, 0) if attestation else 0


cdef class Decider:
    """Decides calls over a TableSet under a CompiledPolicy; threads may share it."""

    def __init__(self, tables, policy):
        self.tables = tables
        self.cell = tables.cell
        self.rules = Rules(policy)

    def use(self, policy):
        """Judge every following call under another policy; raises ConfigError and keeps the old one."""
        self.rules = Rules(policy)

    def ingress_index(self, str name not None):
        """Return the settings of a trunk or enterprise, 0 (the default) for an unknown one."""
        return self.index_of(name)

    cdef uint32_t index_of(self, str name) except? 0:
        return self.rules.ingress.get(name, 0) if name else 0

    cdef uint64_t marked(self, uint64_t word, uint32_t ingress) noexcept:
        """Return a word that also says where a label can't reach the phone over this trunk."""
        cdef Rules rules = self.rules
        cdef const Setting *setting = rules.law.settings + (ingress if ingress < rules.law.count else 0)
        return word | <uint64_t>(setting.mute and word & 7 == LABEL and not word >> 17 & F_SHADOW) * F_UNLABELLED << 17

    cdef uint64_t word_of(self, uint64_t caller, uint64_t callee, uint32_t ingress, int64_t at_us,
                          uint32_t circumstances, uint64_t *change) noexcept:
        """Return the word of the decision on one call; ``change`` becomes the overlay's last, where there is one."""
        cdef Rules rules = self.rules
        cdef View view = self.cell.view
        cdef const Shield *s = &view.shield
        cdef Asked asked
        fetch_first(s, caller, callee, &asked)
        _slots.fetch_page(s, callee)
        if s.head != NULL:
            change[0] = wurao_load(s.head + _slots.HEAD_CHANGE)
        return judge(s, &rules.law, _slots.wish_at(s, callee), caller, callee, &asked,
                     _slots.range_of(s, asked.four, asked.four_hash), ingress, at_us, circumstances)

    cdef void words_of(self, Py_ssize_t n, const uint64_t *callers, const uint64_t *callees, const uint16_t *ingress,
                       const int64_t *at_us, const uint8_t *circumstances, uint64_t *out) noexcept:
        """Write the words of as many decisions in a pipeline; keeps the lock: who gives it away waits to get it back."""
        cdef Rules rules = self.rules
        cdef View view = self.cell.view
        judge_all(&view.shield, &rules.law, n, callers, callees, ingress, at_us, circumstances, out)

    def decide(self, caller, callee, ingress="", int64_t at_us=-1, bint repeat=False, str attestation=""):
        """Return the Decision on one call; numbers as uint64 or as text from the network, never an exception.

        ``ingress`` is a trunk's name or its index, ``at_us`` microseconds UTC (-1: the machine's clock), ``repeat`` as
        RecentCalls says, ``attestation`` as in ``core.verdict``.
        """
        cdef uint64_t change
        try:
            return as_decision(
                self.word_of(
                    number_of(caller, NO_NUMBER),
                    number_of(callee, 0),
                    self.index_of(ingress) if isinstance(ingress, str) else ingress,
                    now_us() if at_us < 0 else at_us,
                    <uint32_t>repeat | vouched(attestation),
                    &change,
                )
            )
        except Exception:  # whatever it is, the phone rings; ``faults`` is shown by health and metrics
            self.faults += 1
            return as_decision(settled(RING, FAULT, 0))

    def decide_batch(self, const uint64_t[::1] callers, const uint64_t[::1] callees, const uint16_t[::1] ingress,
                     const int64_t[::1] at_us, const uint8_t[::1] circumstances, uint64_t[::1] out):
        """Write the decision word of each call to ``out``; all arrays of one length, else InputError.

        ``ingress`` are indices, ``circumstances`` bit 0 repeat, else ``core.payload.CIRCUMSTANCES``; a caller whose text is no number
        is INVALID_CALLER. Calls are judged in a pipeline, without the lock.
        """
        cdef Rules rules = self.rules
        cdef View view = self.cell.view
        cdef const Shield *s = &view.shield
        cdef const Law *law = &rules.law
        cdef Py_ssize_t n = callers.shape[0]
        if not (n == callees.shape[0] == ingress.shape[0] == at_us.shape[0] == circumstances.shape[0] == out.shape[0]):
            raise InputError("the columns of a batch differ in length")
        with nogil:
            judge_all(s, law, n, &callers[0], &callees[0], &ingress[0], &at_us[0], &circumstances[0], &out[0])
