package dev.twinlog.internal.engine.watch;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyProgress;
import dev.twinlog.VerifyReport;
import dev.twinlog.VerifyStatus;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.agent.Mailbox;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.internal.verify.CopiedLink;
import dev.twinlog.internal.verify.CurrentVerdicts;
import dev.twinlog.internal.verify.PassPart;
import dev.twinlog.internal.verify.Verification;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the copy again and again while the link runs, in parts that each take their share of a
 * pass. A step may last as long as a part; {@link #end} and an interrupt end it. Nothing else waits
 * for it, and it changes nothing that the other agents use.
 *
 * <p>Confined to the thread that steps it, except what says otherwise.
 */
public final class VerifyAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(VerifyAgent.class);
  private static final String NAME = "verification";
  private static final long LOOK = Duration.ofSeconds(1).toNanos();

  private final Link link;
  private final VerifyOptions options;
  private final Duration perPass;
  private final ReadableLogs source;
  private final ReadableLogs sink;
  private final Supplier<CopiedLink> copied;
  private final Backoff backoff;
  private final CurrentVerdicts verdicts;
  private final Mailbox mailbox = new Mailbox();
  private @Nullable Pass pass;
  private double phase;
  private long dueAt;
  private volatile VerifyStatus status = VerifyStatus.none();
  private volatile DutySnapshot duty =
      new DutySnapshot(NAME, Optional.empty(), 0, Optional.empty());
  private volatile boolean ended;

  /** A pass that is under way. */
  private static final class Pass {
    final Instant begunAt;
    final long begun;
    final int partitions;
    final Deque<PassPart> parts;
    final List<PartitionVerdict> found = new ArrayList<>();

    Pass(Instant begunAt, long begun, int partitions, List<PassPart> parts) {
      this.begunAt = begunAt;
      this.begun = begun;
      this.partitions = partitions;
      this.parts = new ArrayDeque<>(parts);
    }
  }

  private VerifyAgent(
      Link link, Duration perPass, Supplier<CopiedLink> copied, RandomGenerator random) {
    this.link = link;
    this.options = link.settings().get(LinkOptions.VERIFYING);
    this.perPass = perPass;
    this.source = link.settings().sourceAbilities().logs().orElseThrow();
    this.sink = link.settings().sinkAbilities().logs().orElseThrow();
    this.copied = copied;
    this.backoff = new Backoff(random);
    this.verdicts = new CurrentVerdicts(options.sample());
    this.phase = random.nextDouble();
    this.dueAt = link.time().nanoTime();
  }

  /**
   * The agent of a link; empty if it is not verified continuously.
   *
   * @param copied what the link has copied, as of each call
   */
  public static Optional<VerifyAgent> of(
      Link link, Supplier<CopiedLink> copied, RandomGenerator random) {
    return link.settings().get(LinkOptions.ENABLED)
        ? link.settings()
            .get(LinkOptions.VERIFYING)
            .perPass()
            .map(perPass -> new VerifyAgent(link, perPass, copied, random))
        : Optional.empty();
  }

  /** What was found. Any thread. */
  public VerifyStatus status() {
    return status;
  }

  /** How it is doing. Any thread. */
  public DutySnapshot duty() {
    return duty;
  }

  /** It begins nothing any more. Any thread; interrupt the thread that steps it as well. */
  public void end() {
    ended = true;
    mailbox.wakeup();
  }

  @Override
  public String role() {
    return "verify";
  }

  @Override
  public boolean step(Duration maxWait) {
    long now = link.time().nanoTime();
    if (now < dueAt) {
      mailbox.run(Math.min(maxWait.toNanos(), dueAt - now));
      return false;
    }
    if (ended) {
      return false;
    }
    if (!link.isReachable() || link.claims().all().isEmpty()) {
      dueAt = now + LOOK;
      return false;
    }
    try {
      return verify(now);
    } catch (RuntimeException e) {
      failed(e);
      return true;
    }
  }

  private boolean verify(long now) {
    Pass current = pass;
    if (current == null) {
      current = begin(now);
      pass = current;
    }
    PassPart part = current.parts.peek();
    if (part == null) {
      pass = null;
      if (current.partitions > 0) {
        ended(current);
      } else {
        dueAt = now + LOOK; // nothing is copied yet
      }
      return true;
    }
    VerifyReport report =
        new Verification(source, sink, copied, options.onProgress(this::progressed), part).run();
    found(current, report);
    current.parts.remove();
    duty = new DutySnapshot(NAME, duty.lastSuccess(), 0, duty.lastError());
    dueAt = now + part.time().toNanos();
    return true;
  }

  private Pass begin(long now) {
    CopiedLink all = copied.get();
    List<PassPart> parts = PassPart.of(all, options, perPass, phase);
    int partitions = parts.stream().mapToInt(PassPart::size).sum();
    return new Pass(link.time().clock().instant(), now, partitions, parts);
  }

  private void progressed(VerifyProgress part) {
    Pass current = pass;
    if (current == null) {
      return;
    }
    int done = current.found.size() + part.partitionsDone();
    VerifyProgress now =
        new VerifyProgress(
            done,
            Math.max(done, current.partitions),
            part.records() + sum(current, PartitionVerdict::records),
            part.bytes() + sum(current, PartitionVerdict::bytes),
            part.differences() + sum(current, PartitionVerdict::differences),
            Duration.ofNanos(link.time().nanoTime() - current.begun));
    status = status.pass(now);
    options.onProgress().accept(now);
  }

  private static long sum(Pass pass, ToLong of) {
    return pass.found.stream().mapToLong(of::of).sum();
  }

  /** A figure of a verdict. */
  private interface ToLong {
    long of(PartitionVerdict verdict);
  }

  private void found(Pass current, VerifyReport report) {
    for (PartitionVerdict one : report.partitions().values()) {
      current.found.add(one);
      boolean wasDifferent = status.different().containsKey(one.source());
      boolean isNew = verdicts.add(one);
      PartitionVerdict last = verdicts.last(one.source());
      if (isNew) {
        LOG.warn(
            "link {}: the copy differs: {}{}",
            link.name(),
            one,
            one.examples().stream().findFirst().map(first -> ", " + first).orElse(""));
        link.events().post(listener -> listener.differenceFound(one));
      } else if (wasDifferent && last.verdict() != Verdict.DIFFERENT) {
        LOG.info("link {}: the copy of {} does not differ any more", link.name(), one.source());
      }
      if (link.allFigures().containsKey(one.source())) {
        link.verified(one, last);
      }
    }
    status = status.partitions(verdicts.all());
  }

  private void ended(Pass current) {
    phase = (phase + options.sample()) % 1; // the next pass compares what follows
    Duration took = Duration.ofNanos(link.time().nanoTime() - current.begun);
    VerifyReport report = VerifyReport.of(link.name(), current.begunAt, took, current.found);
    verdicts.retain(report.partitions().keySet());
    Map<TopicPartition, PartitionVerdict> all = verdicts.all();
    status = status.partitions(all).lastPass(report);
    duty = new DutySnapshot(NAME, Optional.of(link.time().clock().instant()), 0, duty.lastError());
    link.metrics().duty(NAME, true, took);
    LOG.debug("link {}: {}", link.name(), report);
  }

  /** The same part is verified again, after a while. */
  private void failed(RuntimeException thrown) {
    long now = link.time().nanoTime();
    if (ended || !link.isReachable()) {
      dueAt = now + LOOK;
      return; // the end, or the absence of a cluster, is known elsewhere
    }
    ReplicationException cause = LinkFailure.asReplicationException(thrown);
    int failures = duty.failures() + 1;
    if (failures == 1) {
      LOG.info(
          "link {}: the verification failed, it is repeated: {}", link.name(), cause.getMessage());
    }
    LOG.debug("link {}: the verification failed", link.name(), cause);
    duty = new DutySnapshot(NAME, duty.lastSuccess(), failures, Optional.of(cause));
    link.metrics().duty(NAME, false, Duration.ZERO);
    dueAt = now + backoff.after(failures).toNanos();
  }

  @Override
  public long nextDeadlineNanos() {
    return dueAt;
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
  }

  @Override
  public boolean finished() {
    return ended;
  }

  @Override
  public void close() {}
}
