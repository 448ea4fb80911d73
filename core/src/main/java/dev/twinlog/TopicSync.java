package dev.twinlog;

/** What the link may do to topics of the target. Immutable. */
public final class TopicSync {
  private static final TopicSync DEFAULTS = new TopicSync(true, true, false);

  private final boolean create;
  private final boolean grow;
  private final boolean share;

  private TopicSync(boolean create, boolean grow, boolean share) {
    this.create = create;
    this.grow = grow;
    this.share = share;
  }

  /** Creates missing topics and grows those with too few partitions. */
  public static TopicSync defaults() {
    return DEFAULTS;
  }

  /** Changes no topic: missing ones must be created in another way. */
  public static TopicSync off() {
    return new TopicSync(false, false, false);
  }

  /** Whether missing target topics are created. Default true. */
  public TopicSync creating(boolean create) {
    return new TopicSync(create, grow, share);
  }

  /** Whether partitions are added to target topics that have too few. Default true. */
  public TopicSync growing(boolean grow) {
    return new TopicSync(create, grow, share);
  }

  /**
   * Whether a topic may be copied into a target topic to which another link already copies the same
   * topic, so that every record is there twice. Default false: it is refused, since most likely it
   * is the same link under a former name. Many topics, or topics of many clusters, in one target
   * topic need no permission.
   */
  public TopicSync sharing(boolean share) {
    return new TopicSync(create, grow, share);
  }

  /** Whether missing target topics are created. */
  public boolean creates() {
    return create;
  }

  /** Whether partitions are added. */
  public boolean grows() {
    return grow;
  }

  /** Whether a topic may be copied to where another link copies it already. */
  public boolean shares() {
    return share;
  }

  @Override
  public String toString() {
    return "topic sync [create=" + create + ", grow=" + grow + ", share=" + share + "]";
  }
}
