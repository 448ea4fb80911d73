package dev.twinlog.internal.engine;

import dev.twinlog.spi.RetriableException;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the end of a source partition. An end counts only while it was heard: from what
 * the reader or the source told last until one of them says that it can't hear the partition.
 *
 * @param end the end that a reader may see; unknown unless it was heard
 * @param highWatermark the end of what is replicated; may be unknown although the end is known
 * @param heardAtMs when an end was last heard, in wall time
 * @param stableAt the end that an open transaction holds; unknown if none does
 * @param stableSinceMs since when it does, in wall time
 * @param trouble why the reader can't hear the partition; null while it can
 * @param closed the link has ended: nothing is heard any more
 */
record SourceEnd(
    long end,
    long highWatermark,
    long heardAtMs,
    long stableAt,
    long stableSinceMs,
    @Nullable RetriableException trouble,
    boolean closed) {
  static final long UNKNOWN = -1;

  /** Nothing was heard yet. */
  static SourceEnd unknown(long nowMs) {
    return new SourceEnd(UNKNOWN, UNKNOWN, nowMs, UNKNOWN, nowMs, null, false);
  }

  /** The reader tells. */
  SourceEnd heard(long now, long watermark, long nowMs) {
    boolean held = watermark > now || (watermark == UNKNOWN && now == stableAt);
    long since = held && now == stableAt ? stableSinceMs : nowMs;
    return new SourceEnd(now, watermark, nowMs, held ? now : UNKNOWN, since, null, false);
  }

  /** The source was asked, since no reader tells. */
  SourceEnd asked(long now, long nowMs) {
    return new SourceEnd(now, UNKNOWN, nowMs, stableAt, stableSinceMs, trouble, false);
  }

  /** The end does not count any more; the cause, if there is one, is the reader's. */
  SourceEnd notHeard(@Nullable RetriableException cause) {
    return new SourceEnd(UNKNOWN, UNKNOWN, heardAtMs, stableAt, stableSinceMs, cause, false);
  }

  /** The link has ended. */
  SourceEnd close() {
    return new SourceEnd(UNKNOWN, UNKNOWN, heardAtMs, UNKNOWN, heardAtMs, null, true);
  }

  boolean isKnown() {
    return end != UNKNOWN;
  }

  /** Offsets that an open transaction holds back; unknown unless both ends are known. */
  long heldBack() {
    return end == UNKNOWN || highWatermark == UNKNOWN ? UNKNOWN : Math.max(0, highWatermark - end);
  }
}
