package dev.twinlog.testkit.simulator;

/** Thrown when a guarantee of the link is broken. */
public final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Violation(String what) {
    super(what);
  }
}
