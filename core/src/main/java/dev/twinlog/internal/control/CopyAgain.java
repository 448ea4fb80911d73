package dev.twinlog.internal.control;

/**
 * The advice for whoever wants everything copied once more instead of accepting a loss. Stateless.
 */
public final class CopyAgain {

  /** Follows "or, " in a message. */
  public static final String ADVICE =
      "to copy everything again, close the link, delete its target topics and its state topic, and"
          + " start it under another link name (what is not deleted would be there twice)";

  private CopyAgain() {}
}
