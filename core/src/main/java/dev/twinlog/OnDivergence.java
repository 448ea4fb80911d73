package dev.twinlog;

/**
 * What becomes of records that the source of a moved link has and its target does not, when the
 * link is {@linkplain Replicator#reverse reversed}. See {@link Divergence}.
 */
public enum OnDivergence {
  /** Nothing is reversed while there are any. The default. */
  REFUSE,

  /**
   * They stay where they are, before the records that are copied back, and are in that cluster
   * only. A group that is moved back stands behind them: what it never reads is in {@link
   * ReverseReport#unreadByGroup}.
   */
  KEEP,

  /**
   * They are copied to the other cluster as well, each once, behind what that has got since; how
   * many is in {@link ReverseReport#resent}. For that the moved link runs once more, within {@code
   * reverse}, up to the source's end; the reverse link doesn't copy them back. If that fails or is
   * killed, another call with {@code RESEND} goes on with it, from anywhere; the moved link doesn't
   * start by itself meanwhile. Refused for partitions of which it is not certain where the copy has
   * ended.
   *
   * <p>Consumers read these records after records that are newer. In the old primary they are
   * before what is copied back: a group that has not read them in the other cluster when it is
   * moved back never reads them. What producers write to the old primary afterwards is not copied.
   */
  RESEND
}
