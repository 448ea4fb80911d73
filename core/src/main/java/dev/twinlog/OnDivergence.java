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
   * They are copied to the other cluster as well. <b>Not available in this version:</b> it is
   * always refused.
   */
  RESEND
}
