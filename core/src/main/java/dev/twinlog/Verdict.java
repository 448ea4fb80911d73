package dev.twinlog;

/** The result of a comparison of a copy with its source. */
public enum Verdict {
  /** Everything that was compared is the same, and nothing is missing or more than once there. */
  EXACT,

  /** Records are missing, extra, changed or duplicated; examples name their offsets. */
  DIFFERENT,

  /** No difference was found, but not everything could be compared; a reason says why. */
  INCONCLUSIVE
}
