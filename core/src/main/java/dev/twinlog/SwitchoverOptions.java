package dev.twinlog;

import dev.twinlog.kafka.TopicSelector;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * How a switchover is done. Immutable; each method returns a changed copy.
 *
 * <p>Defaults: within five minutes, when the source has been quiet for five seconds; producers are
 * not stopped by the link, groups must have no members in the source; by {@code user@host/pid} of
 * this process.
 */
public final class SwitchoverOptions {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final Duration QUIET_FOR = Duration.ofSeconds(5);

  private final Duration timeout;
  private final Duration quietFor;
  private final Optional<Predicate<String>> topics;
  private final boolean fenceWriters;
  private final boolean allowActiveGroups;
  private final boolean dryRun;
  private final String actor;
  private final Consumer<MoveProgress> onProgress;

  private SwitchoverOptions(Values values) {
    this.timeout = values.timeout;
    this.quietFor = values.quietFor;
    this.topics = values.topics;
    this.fenceWriters = values.fenceWriters;
    this.allowActiveGroups = values.allowActiveGroups;
    this.dryRun = values.dryRun;
    this.actor = values.actor;
    this.onProgress = values.onProgress;
  }

  /** The values of a copy, to be changed. */
  private static final class Values {
    Duration timeout = TIMEOUT;
    Duration quietFor = QUIET_FOR;
    Optional<Predicate<String>> topics = Optional.empty();
    boolean fenceWriters;
    boolean allowActiveGroups;
    boolean dryRun;
    String actor = MoveActor.thisProcess();
    Consumer<MoveProgress> onProgress = progress -> {};
  }

  private SwitchoverOptions with(Consumer<Values> change) {
    Values values = new Values();
    values.timeout = timeout;
    values.quietFor = quietFor;
    values.topics = topics;
    values.fenceWriters = fenceWriters;
    values.allowActiveGroups = allowActiveGroups;
    values.dryRun = dryRun;
    values.actor = actor;
    values.onProgress = onProgress;
    change.accept(values);
    return new SwitchoverOptions(values);
  }

  /** As described above. */
  public static SwitchoverOptions defaults() {
    return new SwitchoverOptions(new Values());
  }

  /**
   * How long it may take until the link is moved; else it is taken back, and the link copies on.
   * Calls that are under way come on top. Default five minutes.
   *
   * @throws IllegalArgumentException if it isn't positive
   */
  public SwitchoverOptions timeout(Duration atMost) {
    if (atMost.isNegative() || atMost.isZero()) {
      throw new IllegalArgumentException("timeout was %s but must be positive".formatted(atMost));
    }
    return with(values -> values.timeout = atMost);
  }

  /**
   * How long the ends of all source partitions must stay as they are, without an open transaction,
   * to show that producers have stopped. Default five seconds.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public SwitchoverOptions quietFor(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException(
          "quietFor was %s but must not be negative".formatted(time));
    }
    return with(values -> values.quietFor = time);
  }

  /**
   * Moves only these topics of the source; the link goes on copying the others. Partitions of moved
   * topics are {@link PartitionState#MOVED}, also after a restart. Of consumer groups only the
   * positions in these topics are final, the others are kept in step. Other topics can be moved
   * later, and in the end the whole link. Can't be combined with {@link #fenceWriters}. Default:
   * the whole link.
   */
  public SwitchoverOptions topics(TopicSelector selected) {
    Optional<Predicate<String>> some = Optional.of(selected::selects);
    return with(values -> values.topics = some);
  }

  /**
   * Whether the source's cluster is told to refuse what producers write to the link's topics: by
   * ACLs that deny WRITE to all users, which stay there when the link is moved, and are removed if
   * it is not. Super users are not stopped by that. Needs an authorizer in the source, and DESCRIBE
   * and ALTER on its Cluster; refused with {@link AclSync.Writes#COPY}, which would copy them to
   * the target. Default false: producers must be stopped before.
   */
  public SwitchoverOptions fenceWriters(boolean fence) {
    return with(values -> values.fenceWriters = fence);
  }

  /**
   * Whether groups may have members in the source. What they read after their positions were
   * written they read again in the target. Default false: they must be stopped before.
   */
  public SwitchoverOptions allowActiveGroups(boolean allow) {
    return with(values -> values.allowActiveGroups = allow);
  }

  /** Checks everything, takes no ownership, and changes nothing. */
  public SwitchoverOptions dryRun() {
    return with(values -> values.dryRun = true);
  }

  /**
   * Who does it, for the report and for those who find the link moved.
   *
   * @throws IllegalArgumentException if it is blank or longer than 200 characters
   */
  public SwitchoverOptions actor(String who) {
    return with(values -> values.actor = MoveActor.checked(who));
  }

  /**
   * Receives the progress of the switchover, on the thread that runs it; must not block. Default:
   * none.
   */
  public SwitchoverOptions onProgress(Consumer<MoveProgress> listener) {
    Objects.requireNonNull(listener, "listener");
    return with(values -> values.onProgress = listener);
  }

  /** See {@link #timeout(Duration)}. */
  public Duration timeout() {
    return timeout;
  }

  /** See {@link #quietFor(Duration)}. */
  public Duration quietFor() {
    return quietFor;
  }

  /** See {@link #topics(TopicSelector)}; empty for the whole link. */
  public Optional<Predicate<String>> topics() {
    return topics;
  }

  /** See {@link #fenceWriters(boolean)}. */
  public boolean fencesWriters() {
    return fenceWriters;
  }

  /** See {@link #allowActiveGroups(boolean)}. */
  public boolean allowsActiveGroups() {
    return allowActiveGroups;
  }

  /** See {@link #dryRun()}. */
  public boolean isDryRun() {
    return dryRun;
  }

  /** See {@link #actor(String)}. */
  public String actor() {
    return actor;
  }

  /** See {@link #onProgress(Consumer)}. */
  public Consumer<MoveProgress> onProgress() {
    return onProgress;
  }
}
