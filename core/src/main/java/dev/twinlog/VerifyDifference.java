package dev.twinlog;

import java.util.Objects;
import java.util.OptionalLong;

/** A record that differs between a source partition and its copy. Immutable. */
public final class VerifyDifference {
  /** What is different. */
  public enum Kind {
    /** The source has a record that the target does not have. */
    MISSING,

    /** The target has a copy of a record that the source does not have. */
    EXTRA,

    /** Both have the record, and its content differs; or the stored bytes of one are damaged. */
    CHANGED,

    /** The link has written a record that its offset map does not know: it is there twice. */
    DUPLICATE
  }

  private static final long NONE = -1;

  private final Kind kind;
  private final long sourceOffset;
  private final long targetOffset;
  private final String what;

  private VerifyDifference(Kind kind, long sourceOffset, long targetOffset, String what) {
    this.kind = Objects.requireNonNull(kind, "kind");
    this.sourceOffset = sourceOffset;
    this.targetOffset = targetOffset;
    this.what = Objects.requireNonNull(what, "what");
  }

  /**
   * Creates a difference; for what verifies, and for tests.
   *
   * @param sourceOffset the offset at the source; negative if it has none
   * @param targetOffset the offset in the target; negative if it has none
   * @param what one sentence without a full stop
   */
  public static VerifyDifference of(Kind kind, long sourceOffset, long targetOffset, String what) {
    return new VerifyDifference(
        kind, Math.max(NONE, sourceOffset), Math.max(NONE, targetOffset), what);
  }

  /** What is different. */
  public Kind kind() {
    return kind;
  }

  /** Where the record is at the source, or was when it was copied; empty for a duplicate. */
  public OptionalLong sourceOffset() {
    return sourceOffset < 0 ? OptionalLong.empty() : OptionalLong.of(sourceOffset);
  }

  /** Where the record is in the target, or should be; empty if the link has never copied it. */
  public OptionalLong targetOffset() {
    return targetOffset < 0 ? OptionalLong.empty() : OptionalLong.of(targetOffset);
  }

  /** What differs, in words. */
  public String what() {
    return what;
  }

  @Override
  public String toString() {
    return "%s source %s, target %s: %s"
        .formatted(
            kind,
            sourceOffset < 0 ? "-" : Long.toString(sourceOffset),
            targetOffset < 0 ? "-" : Long.toString(targetOffset),
            what);
  }
}
