package dev.twinlog;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a failover is done. Immutable; each method returns a changed copy.
 *
 * <p>Defaults: everything is done, within a minute, by {@code user@host/pid} of this process.
 */
public final class FailoverOptions {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final boolean writeGroups;
  private final boolean releaseWrites;
  private final Duration deadline;
  private final boolean impatient;
  private final boolean dryRun;
  private final String actor;
  private final Consumer<MoveProgress> onProgress;

  private FailoverOptions(
      boolean writeGroups,
      boolean releaseWrites,
      Duration deadline,
      boolean impatient,
      boolean dryRun,
      String actor,
      Consumer<MoveProgress> onProgress) {
    this.writeGroups = writeGroups;
    this.releaseWrites = releaseWrites;
    this.deadline = deadline;
    this.impatient = impatient;
    this.dryRun = dryRun;
    this.actor = actor;
    this.onProgress = onProgress;
  }

  /** Everything is done. */
  public static FailoverOptions defaults() {
    return new FailoverOptions(
        true, true, DEADLINE, false, false, MoveActor.thisProcess(), progress -> {});
  }

  /**
   * Whether the positions of consumer groups are written, by the complete offset map. Default true.
   * Else they stay where group sync has left them.
   */
  public FailoverOptions writeGroups(boolean write) {
    return new FailoverOptions(
        write, releaseWrites, deadline, impatient, dryRun, actor, onProgress);
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
    return new FailoverOptions(
        writeGroups, release, deadline, impatient, dryRun, actor, onProgress);
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
    return new FailoverOptions(
        writeGroups, releaseWrites, atMost, impatient, dryRun, actor, onProgress);
  }

  /**
   * Doesn't wait for the end of a former owner's lease, 20 seconds, where its writes can't be
   * fenced, as of a link that copies at least once: such an owner may still append some records.
   */
  public FailoverOptions impatient() {
    return new FailoverOptions(
        writeGroups, releaseWrites, deadline, true, dryRun, actor, onProgress);
  }

  /** Reads and checks everything, takes no ownership, and changes nothing. */
  public FailoverOptions dryRun() {
    return new FailoverOptions(
        writeGroups, releaseWrites, deadline, impatient, true, actor, onProgress);
  }

  /**
   * Who does it, for the report and for those who find the link moved.
   *
   * @throws IllegalArgumentException if it is blank or longer than 200 characters
   */
  public FailoverOptions actor(String who) {
    return new FailoverOptions(
        writeGroups,
        releaseWrites,
        deadline,
        impatient,
        dryRun,
        MoveActor.checked(who),
        onProgress);
  }

  /**
   * Receives the progress of the failover, on the thread that runs it; must not block. Default:
   * none.
   */
  public FailoverOptions onProgress(Consumer<MoveProgress> listener) {
    return new FailoverOptions(
        writeGroups,
        releaseWrites,
        deadline,
        impatient,
        dryRun,
        actor,
        Objects.requireNonNull(listener, "listener"));
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
