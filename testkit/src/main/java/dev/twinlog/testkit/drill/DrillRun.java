package dev.twinlog.testkit.drill;

import dev.twinlog.CloseableIterator;
import dev.twinlog.Divergence;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OnDivergence;
import dev.twinlog.PartitionMove;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A drill that runs: its clients, its link, and the steps so far. Confined to one thread. */
final class DrillRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DrillRun.class);
  private static final Duration FLUSH = Duration.ofSeconds(10);

  /** How long an answer of the source may be on its way to the link. */
  private static final Duration ON_THE_WAY = Duration.ofSeconds(1);

  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final long LOOK_MILLIS = 20;

  private final FailoverDrill.Plan plan;
  private final Set<String> topics;
  private final DrillIds ids = new DrillIds();
  private final List<DrillGroup> groups = new ArrayList<>();
  private final List<DrillStep> steps = new ArrayList<>();
  private final Map<Long, Instant> sentToSource = new HashMap<>();

  /** What was in the source only when it came back. */
  private final Set<Long> diverged = new HashSet<>();

  private @Nullable DrillLoad load;
  private @Nullable Replicator link;

  DrillRun(FailoverDrill.Plan plan) {
    this.plan = plan;
    this.topics = plan.topics().keySet();
    plan.groups().forEach((id, own) -> groups.add(new DrillGroup(id, own, topics)));
  }

  /** What a step has seen so far. */
  private static final class Findings {
    private final List<String> facts = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    void fact(String text) {
      facts.add(text);
    }

    void problem(String text) {
      problems.add(text);
    }
  }

  /** What is done in a step. */
  @FunctionalInterface
  private interface Body {
    void run(Findings findings) throws Exception;
  }

  DrillReport play() throws InterruptedException {
    Instant begun = Instant.now();
    boolean whole =
        step("copy under load", this::copy)
            && step("the source is lost", this::lose)
            && step("failover", this::failOver)
            && step("clients continue in the target", this::continueInTarget)
            && step("the source comes back", this::comeBack)
            && step("the link is reversed", this::reverse)
            && step("switchover to the source", this::goHome)
            && step("clients are back in the source", this::continueInSource)
            && step("verification", this::verify);
    plan.progress().accept(whole ? "the drill is over" : "the drill ends early");
    return new DrillReport(plan.link(), begun, steps);
  }

  /** Does a step; one that ends with an exception is the last. */
  private boolean step(String name, Body body) throws InterruptedException {
    plan.progress().accept(name);
    long begin = System.nanoTime();
    Findings findings = new Findings();
    boolean whole = false;
    try {
      body.run(findings);
      whole = true;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      LOG.info("the drill ends in the step {}", name, e);
      findings.problem(String.valueOf(e));
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    DrillStep done = new DrillStep(name, took, findings.facts, findings.problems);
    steps.add(done);
    findings.facts.forEach(plan.progress());
    findings.problems.forEach(problem -> plan.progress().accept("wrong: " + problem));
    return whole;
  }

  private void copy(Findings findings) throws Exception {
    createTopics();
    Replicator started = replicator();
    link = started;
    started.start();
    DrillLoad writing = startLoad(plan.source());
    for (DrillGroup group : groups) {
      group.start(plan.source());
    }
    await("%d records in the source".formatted(plan.records()), () -> isWritten(writing));
    awaitCaughtUp(started);
    started.syncNow();
    findings.fact("%d records written while the link copied them".formatted(writing.count()));
  }

  private boolean isWritten(DrillLoad writing) {
    return writing.count() >= plan.records();
  }

  /** Takes the source away under load, and ends the clients there. */
  private void lose(Findings findings) throws Exception {
    DrillLoad writing = running();
    plan.source().lose();
    for (DrillGroup group : groups) {
      group.stop();
    }
    writing.stop(FLUSH);
    sentToSource.putAll(writing.acknowledged());
    findings.fact("the source had acknowledged %d records".formatted(sentToSource.size()));
  }

  private void failOver(Findings findings) {
    FailoverReport report = link().failover(FailoverOptions.defaults().actor("failover drill"));
    findings.fact(String.valueOf(report));
    if (report.outcome() != Outcome.DONE && report.outcome() != Outcome.DONE_WITH_LOSS) {
      findings.problem("the failover is %s, not done".formatted(report.outcome()));
    }
    report
        .partitions()
        .forEach(
            (partition, move) -> {
              if (!move.problem().isEmpty()) {
                findings.problem("%s: %s".formatted(partition, move.problem()));
              }
            });
    Map<Long, Instant> lost = new HashMap<>(sentToSource);
    lost.keySet().removeAll(DrillLog.read(plan.target(), topics).ids());
    findings.fact(
        "%d acknowledged records are not in the target; the report's estimate is %s"
            .formatted(
                lost.size(),
                report.lostEstimate().isEmpty() ? "unknown" : report.lostEstimate().getAsLong()));
    requireCounted(lost.values(), report, findings);
  }

  /** Requires that the report counts all that was lost of what the link can have heard of. */
  private static void requireCounted(
      Collection<Instant> lost, FailoverReport report, Findings findings) {
    long atMost = 0;
    Optional<Instant> contact = Optional.empty();
    for (PartitionMove move : report.partitions().values()) {
      if (move.lostAtMost().isEmpty() || move.lastContact().isEmpty()) {
        findings.fact("the report doesn't know how many records were lost");
        return;
      }
      atMost += move.lostAtMost().getAsLong();
      contact = contact.filter(move.lastContact().get()::isAfter).or(move::lastContact);
    }
    Instant heard = contact.orElse(Instant.MIN).minus(ON_THE_WAY);
    long before = lost.stream().filter(heard::isAfter).count();
    if (before > atMost) {
      findings.problem(
          "%d records are lost that were written before %s, but the report says at most %d"
              .formatted(before, heard, atMost));
    }
  }

  private void continueInTarget(Findings findings) throws Exception {
    continueIn(plan.target(), Set.of(), findings);
  }

  private void continueIn(Region region, Set<Long> unread, Findings findings) throws Exception {
    for (DrillGroup group : groups) {
      group.start(region);
    }
    DrillLoad writing = startLoad(region);
    await("%d records in %s".formatted(plan.records(), region.alias()), () -> isWritten(writing));
    writing.stop(FLUSH);
    requireReadOnce(region, unread, findings);
  }

  /** Requires that the region has no record twice, and each group reads all that it has. */
  private void requireReadOnce(Region region, Set<Long> unread, Findings findings)
      throws Exception {
    DrillLog log = DrillLog.read(region, topics);
    if (!log.doubled().isEmpty()) {
      findings.problem(
          "%d records are twice in %s".formatted(log.doubled().size(), region.alias()));
    }
    Set<Long> wanted = new HashSet<>(log.ids());
    wanted.removeAll(unread);
    for (DrillGroup group : groups) {
      boolean all = holds(() -> group.missing(wanted).isEmpty());
      group.stop();
      findings.fact(
          "group %s has read %d records twice so far".formatted(group.id(), group.twice()));
      if (!all) {
        findings.problem(
            "group %s has skipped %d of %d records that are in %s"
                .formatted(
                    group.id(), group.missing(wanted).size(), wanted.size(), region.alias()));
      }
    }
  }

  private void comeBack(Findings findings) {
    plan.source().restore();
    diverged.addAll(DrillLog.read(plan.source(), topics).ids());
    diverged.removeAll(DrillLog.read(plan.target(), topics).ids());
    findings.fact("%d records are in the source only".formatted(diverged.size()));
  }

  /** Records that are in the source only stay there, and are handed over to the drill. */
  private void reverse(Findings findings) throws InterruptedException {
    Divergence divergence = link().divergence();
    Set<Long> handedOver = new HashSet<>();
    for (TopicPartition partition : divergence.partitions().keySet()) {
      try (CloseableIterator<ReplicationRecord> records = divergence.records(partition)) {
        while (records.hasNext()) {
          DrillIds.read(records.next().headers()).ifPresent(handedOver::add);
        }
      }
    }
    findings.fact("%d diverged records were handed over".formatted(handedOver.size()));
    if (!handedOver.equals(diverged)) {
      findings.problem(
          "%d records are in the source only, but the divergence has %d"
              .formatted(diverged.size(), handedOver.size()));
    }
    replaceBy(link().reverse(turned(plan.link() + "-back")));
    Set<Long> missing = new HashSet<>(DrillLog.read(plan.target(), topics).ids());
    missing.removeAll(DrillLog.read(plan.source(), topics).ids());
    if (!missing.isEmpty()) {
      findings.problem("%d records of the target were not copied back".formatted(missing.size()));
    }
  }

  private static ReverseOptions turned(String name) {
    return ReverseOptions.defaults()
        .link(name)
        .onDivergence(OnDivergence.KEEP)
        .actor("failover drill");
  }

  private void replaceBy(Replicator.Builder next) throws InterruptedException {
    link().close();
    Replicator started = plan.settings().apply(next).build();
    link = started;
    started.start();
    awaitCaughtUp(started);
  }

  /** Members that were cut off with the source stay in its groups until their session ends. */
  private boolean areIdle(Admin admin) {
    try {
      for (ConsumerGroupDescription group :
          admin
              .describeConsumerGroups(plan.groups().keySet())
              .all()
              .get(plan.limit().toMillis(), TimeUnit.MILLISECONDS)
              .values()) {
        if (!group.members().isEmpty()) {
          return false;
        }
      }
      return true;
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the groups of the source can't be described", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void goHome(Findings findings) throws InterruptedException {
    try (Admin admin = Admin.create(Map.<String, Object>copyOf(plan.source().clientProperties()))) {
      await("the end of all members in the source", () -> areIdle(admin));
    }
    SwitchoverReport report =
        link()
            .switchover(
                SwitchoverOptions.defaults()
                    .timeout(plan.limit())
                    .quietFor(QUIET)
                    .actor("failover drill"));
    findings.fact(report.toString());
    if (report.outcome() != Outcome.DONE) {
      findings.problem("the switchover is %s, not done".formatted(report.outcome()));
      throw new IllegalStateException("the link can't go home");
    }
    replaceBy(link().reverse(turned(plan.link())));
  }

  /** Diverged records lie before what groups read next there; the divergence has them. */
  private void continueInSource(Findings findings) throws Exception {
    continueIn(plan.source(), diverged, findings);
    awaitCaughtUp(link());
  }

  /** Diverged records stay in the source only, so they are missing in the copy. */
  private void verify(Findings findings) {
    VerifyReport report = link().verify(VerifyOptions.defaults());
    findings.fact(report.toString());
    if (report.verdict() == Verdict.DIFFERENT && report.differences() > diverged.size()) {
      findings.problem(
          "the copy differs from its source in %d places, but only %d records had diverged"
              .formatted(report.differences(), diverged.size()));
    } else if (report.verdict() == Verdict.DIFFERENT) {
      findings.fact("what differs are the diverged records, which are in the source only");
    }
  }

  private void createTopics() throws InterruptedException, ExecutionException {
    Set<String> existing;
    Map<String, Object> config = Map.copyOf(plan.source().clientProperties());
    try (Admin admin = Admin.create(config)) {
      existing = admin.listTopics().names().get(plan.limit().toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "no answer from %s of %s"
              .formatted(
                  config.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG), plan.source().alias()),
          e);
    }
    KafkaTopics made = KafkaTopics.of(plan.source().clientProperties());
    plan.topics()
        .forEach(
            (name, partitions) -> {
              if (!existing.contains(name)) {
                made.create(name, partitions, Map.of());
              }
            });
  }

  private Replicator replicator() {
    String[] names = topics.toArray(String[]::new);
    return plan.settings()
        .apply(Replicator.builder())
        .link(plan.link())
        .source(
            KafkaSource.from(plan.source().cluster()).topics(TopicSelector.named(names)).build())
        .sink(KafkaSink.to(plan.target().cluster()).build())
        .build();
  }

  private DrillLoad startLoad(Region region) {
    DrillLoad started = new DrillLoad(region, topics, plan.perSecond(), ids, plan.values());
    load = started;
    return started;
  }

  private DrillLoad running() {
    if (load == null) {
      throw new IllegalStateException("nothing is written");
    }
    return load;
  }

  private void awaitCaughtUp(Replicator started) throws InterruptedException {
    if (!started.awaitCaughtUp(plan.limit())) {
      throw new IllegalStateException("the link does not catch up: " + started.status());
    }
  }

  private Replicator link() {
    if (link == null) {
      throw new IllegalStateException("the link was not started");
    }
    return link;
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    if (!holds(condition)) {
      throw new IllegalStateException(
          "%s took longer than %d s".formatted(what, plan.limit().toSeconds()));
    }
  }

  private boolean holds(BooleanSupplier condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > plan.limit().toNanos()) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return true;
  }

  @Override
  public void close() {
    if (load != null) {
      load.close();
    }
    for (DrillGroup group : groups) {
      try {
        group.stop();
      } catch (Exception e) {
        LOG.warn("the consumers of group {} did not end", group.id(), e);
      }
    }
    if (link != null) {
      link.close();
    }
  }
}
