package dev.twinlog;

/** What the link may do to topics of the target. Immutable. */
public final class TopicSync {
  private static final TopicSync DEFAULTS = new TopicSync(true, true);

  private final boolean create;
  private final boolean grow;

  private TopicSync(boolean create, boolean grow) {
    this.create = create;
    this.grow = grow;
  }

  /** Creates missing topics and grows those with too few partitions. */
  public static TopicSync defaults() {
    return DEFAULTS;
  }

  /** Touches no topic: what is missing must be made by someone else. */
  public static TopicSync off() {
    return new TopicSync(false, false);
  }

  /** Whether missing target topics are created. Default true. */
  public TopicSync creating(boolean create) {
    return new TopicSync(create, grow);
  }

  /** Whether partitions are added to target topics that have too few. Default true. */
  public TopicSync growing(boolean grow) {
    return new TopicSync(create, grow);
  }

  /** Whether missing target topics are created. */
  public boolean creates() {
    return create;
  }

  /** Whether partitions are added. */
  public boolean grows() {
    return grow;
  }

  @Override
  public String toString() {
    return "topic sync [create=" + create + ", grow=" + grow + "]";
  }
}
