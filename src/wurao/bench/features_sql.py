"""The baseline of ``wurao bench features``: the same columns as one would write them by hand for DuckDB alone."""

from typing import Final

SQL: Final = """
WITH calls AS (
  SELECT caller::BIGINT AS caller, callee::BIGINT AS callee, start_us, call_id, ring_ms,
    coalesce(talk_ms, 0) AS talk_ms, disposition, released_by, ingress, user_agent, attestation, imei_tac, cells
  FROM read_parquet($file) WHERE caller > 0),
told AS (
  SELECT *, first_value(start_us) OVER w AS first_us, lag(start_us) OVER w AS before_us,
    callee - lag(callee) OVER w AS step,
    max(start_us + 1000 * (coalesce(ring_ms, 0)::BIGINT + talk_ms)) OVER (PARTITION BY caller
      ORDER BY start_us, call_id, callee ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_us
  FROM calls WINDOW w AS (PARTITION BY caller ORDER BY start_us, call_id, callee)),
rows AS MATERIALIZED (
  SELECT *, (start_us - before_us) / 1e6 AS gap_s, (start_us + 28800000000) % 86400000000 AS of_day_us
  FROM told WHERE start_us < first_us + $span_us),
base AS (
  SELECT caller, min(start_us) AS first_us, max(start_us) AS last_us, count(*) AS n,
    avg((talk_ms > 0)::INT) AS answered,
    avg((talk_ms < 8000)::INT) FILTER (talk_ms > 0) AS short,
    quantile_cont(talk_ms / 1e3, [0.1, 0.5, 0.9]) FILTER (talk_ms > 0) AS talk,
    stddev_samp(talk_ms / 1e3) FILTER (talk_ms > 0) / avg(talk_ms / 1e3) FILTER (talk_ms > 0) AS talk_cv,
    avg((released_by = 'callee')::INT) FILTER (talk_ms > 0) AS released,
    quantile_cont(gap_s, [0.1, 0.5, 0.9]) AS gap, mad(gap_s) AS gap_mad_s,
    median(ring_ms / 1e3) FILTER (talk_ms = 0) AS ring_median, mad(ring_ms / 1e3) FILTER (talk_ms = 0) AS ring_mad,
    median(ring_ms / 1e3) FILTER (disposition = 'cancelled') AS cancel_ring,
    avg((of_day_us >= 43200000000 AND of_day_us < 50400000000)::INT)
      FILTER (of_day_us >= 36000000000 AND of_day_us < 57600000000) AS lunch,
    avg(of_day_us) FILTER (before_us IS NULL OR before_us < start_us - of_day_us) / 3.6e9 AS first_call,
    avg(coalesce(busy_us > start_us, false)::INT) AS concurrent,
    avg((abs(step) BETWEEN 1 AND 10)::INT) AS sequential,
    max(cells)::BIGINT AS cells, count(DISTINCT imei_tac) AS imeis, count(DISTINCT ingress) AS trunks,
    count(DISTINCT user_agent) AS agents, avg((attestation = 'A')::INT) AS attested
  FROM rows GROUP BY caller),
hours AS (
  SELECT caller, ln(sum(k)) - sum(k * ln(k)) / sum(k) AS hour_entropy
  FROM (SELECT caller, of_day_us // 3600000000 AS hour, count(*) AS k FROM rows GROUP BY ALL) GROUP BY caller),
segments AS (
  SELECT caller, ln(sum(k)) - sum(k * ln(k)) / sum(k) AS segment_entropy
  FROM (SELECT caller, callee // 10000 AS segment, count(*) AS k FROM rows
    WHERE callee BETWEEN 8613000000000 AND 8619999999999 GROUP BY ALL) GROUP BY caller),
peaks AS (
  SELECT caller, sum(k * k) / sum(k) ** 2 AS talk_peak
  FROM (SELECT caller, talk_ms // 3000 AS bin, count(*) AS k FROM rows WHERE talk_ms > 0 GROUP BY ALL) GROUP BY caller),
pairs AS MATERIALIZED (
  SELECT caller, callee, min(start_us) AS out_us, min(first_us) + $span_us AS end_us FROM rows GROUP BY caller, callee),
backs AS (
  SELECT p.caller, p.callee, max((b.start_us < out_us)::INT) AS before, max((b.start_us > out_us)::INT) AS after
  FROM pairs p JOIN calls b ON b.caller = p.callee AND b.callee = p.caller AND b.start_us < end_us GROUP BY ALL),
contacts AS (
  SELECT caller, count(*) AS peers, sum(coalesce(before, 0)) AS known, avg(coalesce(after, 0)) AS called_back,
    avg((before IS NOT NULL)::INT) AS reciprocal
  FROM pairs LEFT JOIN backs USING (caller, callee) GROUP BY caller)
SELECT caller, first_us, last_us, n, peers / n AS uniq, (peers - known) / n AS new, answered, short,
  talk[1] AS talk_q10, talk[2] AS talk_median, talk[3] AS talk_q90, talk_cv, talk_peak, released,
  gap[1] AS gap_q10, gap[2] AS gap_median, gap[3] AS gap_q90, gap_mad_s / nullif(gap[2], 0) AS gap_mad,
  ring_median, ring_mad, cancel_ring, hour_entropy, lunch, first_call, concurrent, called_back, reciprocal, sequential,
  segment_entropy, cells, imeis, trunks, agents, attested
FROM base LEFT JOIN hours USING (caller) LEFT JOIN segments USING (caller) LEFT JOIN peaks USING (caller)
  LEFT JOIN contacts USING (caller)
"""
