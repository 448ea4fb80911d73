package dev.twinlog;

/** What a link does with the copy of a source topic that was deleted. */
public enum DeletedTopic {
  /** It stays. */
  KEEP,
  /**
   * It is deleted as well, if there is proof: the source, which is still the same cluster and has
   * other topics to copy, has said for two discovery intervals that the topic does not exist; and
   * the target topic is the one that this run of the link has written to, from this topic alone,
   * and no other link copies to it.
   *
   * <p>A topic that is deleted while the link is down, or is deleted within a discovery interval
   * after the link's start, is kept.
   */
  DELETE
}
