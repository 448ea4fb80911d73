package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.Answers;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.TailComparison.Finding;
import dev.twinlog.internal.kafka.records.TailReader.Committed;
import dev.twinlog.internal.kafka.state.PositionTopic;
import dev.twinlog.internal.kafka.state.PositionTopic.Position;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.ResumeAt;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.Recovery.SkipRecords;
import dev.twinlog.spi.Recovery.Unknown;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.RouteProgress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Says where routes of the record path are, in this order:
 *
 * <ol>
 *   <li>initializes this instance's own transactional ids, unless they are, and fences all others
 *       under which the routes may have been written: the former owner's, who may have had more
 *       lanes. Both wait until the transaction that was open is settled on every partition of it;
 *   <li>reads the positions that are committed then. Nobody else can commit one any more;
 *   <li>looks whether the target still holds the last record of each route, see {@link
 *       TailComparison};
 *   <li>gives each route a new session, and with it the right to write through the incarnations
 *       that there are now.
 * </ol>
 *
 * <p>A position counts only for the session that the progress names: a position that is older than
 * the progress (of a time when the link delivered at least once, or of a topic that was created
 * again) must not lead back.
 *
 * <p>Confined to the recovery thread; blocks.
 */
final class RecordRecovery {
  /** The first byte of what the batch path's ledger keeps. */
  private static final byte LEDGER = 1;

  static final Guarantee TRANSACTIONS =
      new Guarantee(true, "exactly once for read_committed readers (transactions)");

  static final Guarantee REPEATS_ONCE =
      new Guarantee(
          false,
          "what was written at least once after the last progress before this start may be there"
              + " twice; from here on exactly once for read_committed readers (transactions)");

  /** What may be done with a route. */
  private record Asked(
      Route route, Optional<RouteProgress> known, Optional<RouteState> state, boolean clean) {

    /** The target offset behind the last record that the progress knows; 0 if there is none. */
    long acknowledged() {
      return known.map(RouteProgress::targetNext).orElse(0L);
    }

    Uuid targetId() {
      return state.map(RouteState::targetId).orElse(Uuid.ZERO_UUID);
    }
  }

  private final LazyAdmin admin;
  private final TargetTopics topics;
  private final String link;
  private final PositionTopic positions;
  private final TargetTails tails;
  private final TailReader reader;
  private final TailComparison comparison;
  private final HangingTransactions hanging;
  private final RouteSessions sessions;
  private final Map<Integer, TransactionalWriter> writers;
  private final Map<Route, Guarantee> guarantees;
  private final Set<String> fenced = new HashSet<>();

  /** The topic of positions as it is now. */
  private Uuid positionsId = Uuid.ZERO_UUID;

  /** Under which routes may have been written that are recovered now. */
  private final Set<String> identities = new HashSet<>();

  private int lanes;

  /**
   * Recovers the routes of one link.
   *
   * @param writers by lane, those that are open
   * @param guarantees told what holds for the routes
   */
  RecordRecovery(
      LazyAdmin admin,
      TargetTopics topics,
      String link,
      PositionTopic positions,
      RouteSessions sessions,
      Map<Integer, TransactionalWriter> writers,
      Map<Route, Guarantee> guarantees) {
    this.admin = admin;
    this.topics = topics;
    this.link = link;
    this.positions = positions;
    this.tails = new TargetTails(admin);
    this.reader = new TailReader(admin);
    this.hanging = new HangingTransactions(admin);
    this.comparison = new TailComparison(reader::look, reader::commonEnd, this::committedEnd);
    this.sessions = sessions;
    this.writers = writers;
    this.guarantees = guarantees;
  }

  Map<Route, Recovery> recover(Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    Map<Route, Recovery> answers = new HashMap<>();
    List<Asked> asked = new ArrayList<>();
    routes.forEach(
        (route, known) -> {
          Optional<RouteState> state = known.flatMap(RecordRecovery::stateOf);
          boolean isClean = clean.contains(route);
          if (!isClean && known.filter(RecordRecovery::isOfTheLedger).isPresent()) {
            answers.put(route, new Unknown(ofTheBatchPath(route)));
          } else {
            asked.add(new Asked(route, known, state, isClean));
          }
        });
    positionsId = positions.ensure();
    Map<String, ProducerInstance> instances = beginAll(asked);
    identities.clear();
    identities.addAll(instances.keySet());
    for (Asked one : asked) {
      one.state().ifPresent(state -> identities.addAll(state.transactionalIds(link)));
    }
    if (asked.stream().anyMatch(one -> one.state().isPresent() && !one.clean())) {
      fenceOthers(asked, instances.keySet());
    }
    Map<Route, Position> found =
        asked.stream().anyMatch(one -> one.state().isPresent()) ? positions.read() : Map.of();
    // what is behind these ends can't be of former owners
    tails.look(asked.stream().map(Asked::route).toList(), routes);
    Map<Route, Finding> findings = compare(asked, found);
    for (Asked one : asked) {
      answers.put(one.route(), answer(one, found, findings, instances));
    }
    return answers;
  }

  private static boolean isOfTheLedger(RouteProgress known) {
    return known.sinkState().length > 0 && known.sinkState()[0] == LEDGER;
  }

  private static Optional<RouteState> stateOf(RouteProgress known) {
    return known.sinkState().length == 0 || isOfTheLedger(known)
        ? Optional.empty()
        : Optional.of(RouteState.decode(known.sinkState()));
  }

  private static PartitionFailedException ofTheBatchPath(Route route) {
    return new PartitionFailedException(
        ("%s was written on the batch path and not closed cleanly, and only that path can say what"
                + " has landed: start the link once with path(DataPath.BATCHES) and close it, then"
                + " change the path")
            .formatted(route));
  }

  // Fencing.

  private Map<String, ProducerInstance> beginAll(Collection<Asked> asked) {
    Set<String> codecs = new TreeSet<>();
    Set<String> apart = new TreeSet<>();
    for (Asked one : asked) {
      String codec = topics.codec(one.route().target().topic());
      codecs.add(codec);
      if (sessions.isSuspect(one.route())) {
        apart.add(codec);
      }
    }
    List<CompletableFuture<ProducerInstance>> begun = new ArrayList<>();
    writers.forEach(
        (lane, writer) -> {
          lanes = Math.max(lanes, lane + 1);
          codecs.forEach(codec -> begun.add(writer.begin(codec, false)));
          apart.forEach(codec -> begun.add(writer.begin(codec, true)));
        });
    if (begun.isEmpty() && !asked.isEmpty()) {
      throw new RetriableException("no writer of link " + link + " is open");
    }
    Map<String, ProducerInstance> instances = new HashMap<>();
    for (CompletableFuture<ProducerInstance> one : begun) {
      ProducerInstance instance = Answers.get(one);
      instances.put(instance.transactionalId(), instance);
    }
    return instances;
  }

  /**
   * Ends what is open under ids that no lane has begun for this recovery: those of this instance's
   * other loops by these, whose producers may have died with an open transaction; others' only once
   * for each id: whoever initializes one of them later can't save the progress that it would need
   * to write a route.
   */
  private void fenceOthers(Collection<Asked> asked, Set<String> own) {
    Set<String> others = new TreeSet<>();
    for (Asked one : asked) {
      if (!one.clean()) {
        one.state().ifPresent(state -> others.addAll(state.transactionalIds(link)));
      }
    }
    fenced.removeAll(own); // what this instance writes under is open again
    others.removeAll(own);
    others.removeAll(beginKnown(others));
    others.removeAll(fenced);
    if (others.isEmpty()) {
      return;
    }
    try {
      Answers.get(admin.get().fenceProducers(others).all());
    } catch (RuntimeException e) {
      throw admin
          .errors()
          .link(
              "fence former producers of link " + link,
              "WRITE and DESCRIBE on TransactionalId twinlog." + link + ". (prefixed)",
              e);
    }
    fenced.addAll(others);
  }

  /** Begins those ids again that a loop of this instance has; these are returned. */
  private Set<String> beginKnown(Set<String> ids) {
    Map<String, CompletableFuture<ProducerInstance>> begun = new HashMap<>();
    for (TransactionalWriter writer : writers.values()) {
      ids.forEach(id -> writer.beginKnown(id).ifPresent(one -> begun.put(id, one)));
    }
    begun.values().forEach(Answers::get);
    fenced.removeAll(begun.keySet());
    return begun.keySet();
  }

  // Answers.

  /** What became of the last records of routes whose target can be asked, and is the same. */
  private Map<Route, Finding> compare(Collection<Asked> asked, Map<Route, Position> found) {
    List<TailComparison.Acknowledged> compared = new ArrayList<>();
    for (Asked one : asked) {
      long targetNext = one.acknowledged();
      TopicPartition target = one.route().target();
      if (targetNext > 0 && tails.trouble(target).isEmpty() && !isRecreated(one)) {
        compared.add(
            new TailComparison.Acknowledged(
                one.route(),
                targetNext,
                one.clean(),
                position(one, found).flatMap(Position::last),
                one.state().flatMap(RouteState::anchor),
                tails.end(target),
                topics.limits(target.topic()).compacted()));
      }
    }
    return comparison.compare(compared);
  }

  private long committedEnd(Route route, long end) {
    hanging.abort(route.target(), end, identities);
    return reader.committedEnd(route.target(), end);
  }

  private boolean isRecreated(Asked one) {
    Uuid now = tails.id(one.route().target().topic());
    Uuid known = one.targetId();
    return !known.equals(Uuid.ZERO_UUID) && !now.equals(Uuid.ZERO_UUID) && !known.equals(now);
  }

  private Recovery answer(
      Asked one,
      Map<Route, Position> found,
      Map<Route, Finding> findings,
      Map<String, ProducerInstance> instances) {
    Route route = one.route();
    Optional<RetriableException> trouble = tails.trouble(route.target());
    if (trouble.isPresent()) {
      return new Unknown(trouble.get());
    }
    boolean recreated = isRecreated(one);
    Finding finding = findings.getOrDefault(route, Finding.NOTHING);
    if (finding.trouble().isPresent()) {
      return new Unknown(finding.trouble().get());
    }
    if (one.acknowledged() > 0 && (recreated || finding.isLost())) {
      // of a topic that was created again nothing of ours survives, whatever is in it by now
      boolean same = !recreated && one.targetId().equals(tails.id(route.target().topic()));
      return new Lost(
          recreated ? 0 : finding.survivingEnd(),
          begin(route, RouteState.AT_THE_CUT, Optional.empty(), instances),
          same && !one.targetId().equals(Uuid.ZERO_UUID) && finding.isExact(),
          recreated ? 0 : finding.behind());
    }
    guarantees.put(
        route,
        one.known().isPresent() && one.state().isEmpty() && !one.clean()
            ? REPEATS_ONCE
            : TRANSACTIONS);
    if (finding.heldUpTo() > 0) {
      return held(one, finding.heldUpTo(), instances);
    }
    if (isPositionLost(one, found) && !recreated) {
      return held(one, tails.end(route.target()).offset(), instances);
    }
    // positions of a topic that is gone say nothing of the one that has its name now
    long resumeAt = one.clean() || recreated ? RouteState.AT_THE_CUT : resumeAt(one, found);
    byte[] state = begin(route, resumeAt, finding.last(), instances);
    return resumeAt == RouteState.AT_THE_CUT
        ? new SkipRecords(0, List.of(), state)
        : new ResumeAt(resumeAt, state);
  }

  /** The topic of positions was created again, and nothing was written to it of this session. */
  private boolean isPositionLost(Asked one, Map<Route, Position> found) {
    Uuid before = one.state().map(RouteState::positionsId).orElse(Uuid.ZERO_UUID);
    return !one.clean()
        && !before.equals(Uuid.ZERO_UUID)
        && !positionsId.equals(Uuid.ZERO_UUID)
        && !before.equals(positionsId)
        && position(one, found).isEmpty();
  }

  /**
   * No position says what is held behind the progress, so what is committed there has to be found
   * again.
   */
  private Recovery held(Asked one, long end, Map<String, ProducerInstance> instances) {
    Route route = one.route();
    if (end <= one.acknowledged()) {
      byte[] state = begin(route, RouteState.AT_THE_CUT, Optional.empty(), instances);
      return new SkipRecords(0, List.of(), state);
    }
    Committed held = reader.committed(route.target(), one.acknowledged(), end);
    byte[] state = begin(route, RouteState.AT_THE_CUT, Optional.empty(), instances);
    return held.count() == 0
        ? new SkipRecords(0, List.of(), state)
        : new SkipMatching(
            held.count(), held.runs(), held.fingerprints(), held.timestampsIncluded(), state);
  }

  private static Optional<Position> position(Asked one, Map<Route, Position> found) {
    Position position = found.get(one.route());
    return one.state()
        .filter(state -> position != null && position.session() == state.session())
        .map(state -> position);
  }

  private static long resumeAt(Asked one, Map<Route, Position> found) {
    RouteState state = one.state().orElse(null);
    if (state == null) {
      return RouteState.AT_THE_CUT;
    }
    return position(one, found).map(Position::sourceNext).orElse(state.resumeAt());
  }

  private byte[] begin(
      Route route, long resumeAt, Optional<Anchor> last, Map<String, ProducerInstance> instances) {
    long session = ThreadLocalRandom.current().nextLong();
    String codec = topics.codec(route.target().topic());
    End end = tails.end(route.target());
    sessions.endSeen(route.target(), end.offset());
    RouteTail tail = new RouteTail(last.orElse(null), end.leaderEpoch(), System.nanoTime());
    sessions.issue(
        route, new RouteSession(session, codec, sessions.isSuspect(route), instances, tail));
    Uuid targetId = tails.id(route.target().topic());
    return new RouteState(lanes, session, resumeAt, targetId, codec, last, positionsId).encode();
  }
}
