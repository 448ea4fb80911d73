package dev.twinlog.internal.control;

/** The advice, in error messages, to copy everything again instead of accepting a loss. */
public final class CopyAgain {

  /** The text that follows "or, " in a message. */
  public static final String ADVICE =
      "to copy everything again, close the link, delete its target topics and its state topic, and"
          + " start it under another link name (records that are not deleted would be in the target twice)";

  /** The advice where a link's progress is gone: rebuild it, or copy everything again. */
  public static String orRebuild(String link) {
    return ("Stop the link, delete what is left of topic twinlog.%s.state, and restore it with"
            + " KafkaLinks.rebuild (it restores that topic only: then start the link without a"
            + " progressStore of its own); or, %s")
        .formatted(link, ADVICE);
  }

  private CopyAgain() {}
}
