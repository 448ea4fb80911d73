package dev.twinlog.internal.control;

/** The advice, in error messages, to copy everything again instead of accepting a loss. */
public final class CopyAgain {

  /** The text that follows "or, " in a message. */
  public static final String ADVICE =
      "to copy everything again, close the link, delete its target topics and its state topic, and"
          + " start it under another link name (records that are not deleted would be in the target twice)";

  private CopyAgain() {}
}
