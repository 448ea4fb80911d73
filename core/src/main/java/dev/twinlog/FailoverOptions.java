package dev.twinlog;

import dev.twinlog.kafka.TopicSelector;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * How a failover is done. Immutable; each method returns a changed copy.
 *
 * <p>Defaults: everything is done, within a minute, by {@code user@host/pid} of this process.
 */
public final class FailoverOptions {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Optional<Predicate<String>> topics;
  private final boolean writeGroups;
  private final boolean releaseWrites;
  private final Duration deadline;
  private final boolean impatient;
  private final boolean dryRun;
  private final String actor;
  private final Consumer<MoveProgress> onProgress;

  private FailoverOptions(Values values) {
    this.topics = values.topics;
    this.writeGroups = values.writeGroups;
    this.releaseWrites = values.releaseWrites;
    this.deadline = values.deadline;
    this.impatient = values.impatient;
    this.dryRun = values.dryRun;
    this.actor = values.actor;
    this.onProgress = values.onProgress;
  }

  /** The values of a copy, to be changed. */
  private static final class Values {
    Optional<Predicate<String>> topics = Optional.empty();
    boolean writeGroups = true;
    boolean releaseWrites = true;
    Duration deadline = DEADLINE;
    boolean impatient;
    boolean dryRun;
    String actor = MoveActor.thisProcess();
    Consumer<MoveProgress> onProgress = progress -> {};
  }

  private FailoverOptions with(Consumer<Values> change) {
    Values values = new Values();
    values.topics = topics;
    values.writeGroups = writeGroups;
    values.releaseWrites = releaseWrites;
    values.deadline = deadline;
    values.impatient = impatient;
    values.dryRun = dryRun;
    values.actor = actor;
    values.onProgress = onProgress;
    change.accept(values);
    return new FailoverOptions(values);
  }

  /** Everything is done. */
  public static FailoverOptions defaults() {
    return new FailoverOptions(new Values());
  }

  /**
   * Moves only these topics of the source. The link ends wherever it runs, as in a failover of the
   * whole link; started again, it goes on copying the others, and partitions of the moved topics
   * are {@link PartitionState#MOVED}. Nothing is moved unless all of it succeeds within the
   * {@linkplain #deadline deadline}. Of consumer groups only the positions in these topics are
   * reported. Write permissions that are held back are not created, since they may be those of
   * other topics: {@link MoveReport#todo()} names them. Other topics can be moved later, and in the
   * end the whole link. Default: the whole link.
   */
  public FailoverOptions topics(TopicSelector selected) {
    Optional<Predicate<String>> some = Optional.of(selected::selects);
    return with(values -> values.topics = some);
  }

  /**
   * Whether the positions of consumer groups are written, by the complete offset map. Default true.
   * Else they stay where group sync has left them.
   */
  public FailoverOptions writeGroups(boolean write) {
    return with(values -> values.writeGroups = write);
  }

  /**
   * Whether the write permissions are created in the target that {@link AclSync} has held back
   * there, as of its last comparison. Default true. A link that copies no ACLs has none.
   *
   * <p>Needs ALTER and DESCRIBE on Cluster in the target; without them {@link MoveReport#todo()}
   * names each ACL. If the link ever copies again it deletes them, unless it may not {@linkplain
   * AclSync#deleting delete}.
   */
  public FailoverOptions releaseWrites(boolean release) {
    return with(values -> values.releaseWrites = release);
  }

  /**
   * How long it may be tried; what isn't done by then is left, and the report is {@code
   * INCOMPLETE}. Ending the link before, in the process that runs it, and calls that are under way
   * come on top. Default 60 seconds.
   *
   * @throws IllegalArgumentException if it isn't positive
   */
  public FailoverOptions deadline(Duration atMost) {
    if (atMost.isNegative() || atMost.isZero()) {
      throw new IllegalArgumentException("deadline was %s but must be positive".formatted(atMost));
    }
    return with(values -> values.deadline = atMost);
  }

  /**
   * Doesn't wait for the end of a former owner's lease, 20 seconds, where its writes can't be
   * fenced, as of a link that copies at least once: such an owner may still append some records.
   */
  public FailoverOptions impatient() {
    return with(values -> values.impatient = true);
  }

  /** Reads and checks everything, takes no ownership, and changes nothing. */
  public FailoverOptions dryRun() {
    return with(values -> values.dryRun = true);
  }

  /**
   * Who does it, for the report and for those who find the link moved.
   *
   * @throws IllegalArgumentException if it is blank or longer than 200 characters
   */
  public FailoverOptions actor(String who) {
    String checked = MoveActor.checked(who);
    return with(values -> values.actor = checked);
  }

  /**
   * Receives the progress of the failover, on the thread that runs it; must not block. Default:
   * none.
   */
  public FailoverOptions onProgress(Consumer<MoveProgress> listener) {
    Objects.requireNonNull(listener, "listener");
    return with(values -> values.onProgress = listener);
  }

  /** See {@link #topics(TopicSelector)}; empty for the whole link. */
  public Optional<Predicate<String>> topics() {
    return topics;
  }

  /** See {@link #writeGroups(boolean)}. */
  public boolean writesGroups() {
    return writeGroups;
  }

  /** See {@link #releaseWrites(boolean)}. */
  public boolean releasesWrites() {
    return releaseWrites;
  }

  /** See {@link #deadline(Duration)}. */
  public Duration deadline() {
    return deadline;
  }

  /** See {@link #impatient()}. */
  public boolean isImpatient() {
    return impatient;
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
