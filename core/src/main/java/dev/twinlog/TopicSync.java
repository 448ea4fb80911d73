package dev.twinlog;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * What the link may do to topics of the target, and how it follows those of the source. Immutable.
 */
public final class TopicSync {
  private static final TopicSync DEFAULTS = new TopicSync(new Choices());

  private final Choices choices;

  /** What was chosen; never changed once it is part of a {@link TopicSync}. */
  private static final class Choices {
    private boolean create = true;
    private boolean grow = true;
    private boolean share;
    private ConfigSync configs = ConfigSync.defaults();
    private AclSync acls = AclSync.off();
    private DeletedTopic onDelete = DeletedTopic.KEEP;
    private RecreatedTopic onRecreate = RecreatedTopic.STOP;
    private Gap onGap = Gap.STOP;
    private boolean trim;
  }

  private TopicSync(Choices choices) {
    this.choices = choices;
  }

  private TopicSync with(Consumer<Choices> change) {
    Choices changed = new Choices();
    changed.create = choices.create;
    changed.grow = choices.grow;
    changed.share = choices.share;
    changed.configs = choices.configs;
    changed.acls = choices.acls;
    changed.onDelete = choices.onDelete;
    changed.onRecreate = choices.onRecreate;
    changed.onGap = choices.onGap;
    changed.trim = choices.trim;
    change.accept(changed);
    return new TopicSync(changed);
  }

  /**
   * Creates missing topics, grows those with too few partitions, and keeps their configs in step.
   */
  public static TopicSync defaults() {
    return DEFAULTS;
  }

  /** Changes no topic: missing ones must be created in another way. */
  public static TopicSync off() {
    return DEFAULTS.creating(false).growing(false).configs(ConfigSync.off());
  }

  /** Whether missing target topics are created. Default true. */
  public TopicSync creating(boolean create) {
    return with(choice -> choice.create = create);
  }

  /** Whether partitions are added to target topics that have too few. Default true. */
  public TopicSync growing(boolean grow) {
    return with(choice -> choice.grow = grow);
  }

  /**
   * Whether a topic may be copied into a target topic to which another link already copies the same
   * topic, so that every record is there twice. Default false: it is refused, since most likely it
   * is the same link under a former name. Many topics, or topics of many clusters, in one target
   * topic need no permission.
   */
  public TopicSync sharing(boolean share) {
    return with(choice -> choice.share = share);
  }

  /**
   * How the configs of target topics follow those of their source topics. Default {@link
   * ConfigSync#defaults()}.
   */
  public TopicSync configs(ConfigSync configs) {
    Objects.requireNonNull(configs, "configs");
    return with(choice -> choice.configs = configs);
  }

  /** Which ACLs of the source are kept in step in the target. Default {@link AclSync#off()}. */
  public TopicSync acls(AclSync acls) {
    Objects.requireNonNull(acls, "acls");
    return with(choice -> choice.acls = acls);
  }

  /** What happens to the copy of a source topic that is deleted. Default it stays. */
  public TopicSync onDelete(DeletedTopic onDelete) {
    Objects.requireNonNull(onDelete, "onDelete");
    return with(choice -> choice.onDelete = onDelete);
  }

  /** What happens when a source topic is deleted and created again. Default it stops. */
  public TopicSync onRecreate(RecreatedTopic onRecreate) {
    Objects.requireNonNull(onRecreate, "onRecreate");
    return with(choice -> choice.onRecreate = onRecreate);
  }

  /**
   * What happens when the source removes records before they were copied, or loses records that
   * were. Default the partition stops.
   */
  public TopicSync onGap(Gap onGap) {
    Objects.requireNonNull(onGap, "onGap");
    return with(choice -> choice.onGap = onGap);
  }

  /**
   * Whether records are deleted from the target as soon as the source has deleted their originals,
   * by retention or on request, and everything before them: also what others have written to the
   * target before them. Only of topics that are not compacted, whose partitions have one source
   * each. Default false: the target's own retention decides.
   */
  public TopicSync trimming(boolean trim) {
    return with(choice -> choice.trim = trim);
  }

  /** Whether missing target topics are created. */
  public boolean creates() {
    return choices.create;
  }

  /** Whether partitions are added. */
  public boolean grows() {
    return choices.grow;
  }

  /** Whether a topic may be copied to where another link copies it already. */
  public boolean shares() {
    return choices.share;
  }

  /** How the configs of target topics follow those of their source topics. */
  public ConfigSync configs() {
    return choices.configs;
  }

  /** Which ACLs of the source are kept in step in the target. */
  public AclSync acls() {
    return choices.acls;
  }

  /** What happens to the copy of a source topic that is deleted. */
  public DeletedTopic onDelete() {
    return choices.onDelete;
  }

  /** What happens when a source topic is deleted and created again. */
  public RecreatedTopic onRecreate() {
    return choices.onRecreate;
  }

  /** What happens when the source removes records before they were copied. */
  public Gap onGap() {
    return choices.onGap;
  }

  /** Whether records are deleted from the target when the source has deleted them. */
  public boolean trims() {
    return choices.trim;
  }

  @Override
  public String toString() {
    return "topic sync [create=%s, grow=%s, share=%s, configs=%s, acls=%s, onDelete=%s, onRecreate=%s, onGap=%s, trim=%s]"
        .formatted(
            choices.create,
            choices.grow,
            choices.share,
            choices.configs,
            choices.acls,
            choices.onDelete,
            choices.onRecreate,
            choices.onGap,
            choices.trim);
  }
}
