package dev.twinlog.internal.engine.shared;

import dev.twinlog.spi.RetriableException;
import org.jspecify.annotations.Nullable;

/**
 * The known end of a source partition. An end is known from the last report of the reader or the
 * source until one of them reports that the partition is unavailable.
 *
 * @param end the end for a reader (with read_committed the last stable offset), if known
 * @param highWatermark the high watermark; may be unknown although the end is known
 * @param reportedAtMs when an end was last reported, in wall time; of one that was requested, when
 *     it was
 * @param stableAt the end that an open transaction holds back; unknown if none does
 * @param stableSinceMs since when it does, in wall time
 * @param error why the partition is unavailable to the reader; null while it is available
 * @param closed the link has ended: no end is reported any more
 */
public record SourceEnd(
    long end,
    long highWatermark,
    long reportedAtMs,
    long stableAt,
    long stableSinceMs,
    @Nullable RetriableException error,
    boolean closed) {
  public static final long UNKNOWN = -1;

  /** No end was reported yet. */
  static SourceEnd unknown(long nowMs) {
    return new SourceEnd(UNKNOWN, UNKNOWN, nowMs, UNKNOWN, nowMs, null, false);
  }

  /** The reader reported the end. */
  SourceEnd endReported(long now, long watermark, long nowMs) {
    boolean held = watermark > now || (watermark == UNKNOWN && now == stableAt);
    long since = held && now == stableAt ? stableSinceMs : nowMs;
    return new SourceEnd(now, watermark, nowMs, held ? now : UNKNOWN, since, null, false);
  }

  /** The source returned the end that it had at this time, since no reader reports it. */
  SourceEnd endReturned(long now, long askedAtMs) {
    return new SourceEnd(now, UNKNOWN, askedAtMs, stableAt, stableSinceMs, error, false);
  }

  /** The end is no longer known; {@code cause} is the reader's reason, if it has one. */
  SourceEnd unavailable(@Nullable RetriableException cause) {
    return new SourceEnd(UNKNOWN, UNKNOWN, reportedAtMs, stableAt, stableSinceMs, cause, false);
  }

  /** The link has ended. */
  SourceEnd close() {
    return new SourceEnd(UNKNOWN, UNKNOWN, reportedAtMs, UNKNOWN, reportedAtMs, null, true);
  }

  boolean isKnown() {
    return end != UNKNOWN;
  }

  /**
   * The number of offsets that an open transaction holds back; unknown unless both ends are known.
   */
  long heldBack() {
    return end == UNKNOWN || highWatermark == UNKNOWN ? UNKNOWN : Math.max(0, highWatermark - end);
  }
}
