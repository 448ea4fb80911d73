package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.transactional.TailComparison.Finding;
import dev.twinlog.internal.kafka.records.transactional.TailReader.Committed;
import dev.twinlog.internal.kafka.state.PositionTopic;
import dev.twinlog.internal.kafka.state.PositionTopic.Position;
import dev.twinlog.internal.kafka.state.SinkStateKind;
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
 * Recovers the routes of the record path, in this order:
 *
 * <ol>
 *   <li>initializes this instance's own transactional ids, unless they are, and fences all others
 *       under which the routes may have been written: the former owner may have had more lanes.
 *       Both wait until the open transaction has ended on each of its partitions;
 *   <li>reads the positions that are committed then. No other instance can commit one any more;
 *   <li>checks whether the target still holds the last record of each route, see {@link
 *       TailComparison};
 *   <li>gives each route a new session, and with it the right to write through the present
 *       producers.
 * </ol>
 *
 * <p>A position counts only for the session that the progress names: a position that is older than
 * the progress (from a time when the link delivered at least once, or from a topic that was
 * recreated) must not be resumed from.
 *
 * <p>Confined to the recovery thread; blocks.
 */
final class RecordRecovery {
  static final Guarantee TRANSACTIONS =
      new Guarantee(true, "exactly once for read_committed readers (transactions)");

  static final Guarantee REPEATS_ONCE =
      new Guarantee(
          false,
          "records that were written at least once after the last progress before this start may be there"
              + " twice; from here on exactly once for read_committed readers (transactions)");

  /** A route to recover. */
  private record RequestedRoute(
      Route route, Optional<RouteProgress> known, Optional<RouteState> state, boolean clean) {

    /** Returns the target offset behind the last record in the progress; 0 if there is none. */
    long acknowledged() {
      return known.map(RouteProgress::targetNext).orElse(0L);
    }

    /** Whether the link is said never to have written the route. */
    boolean isFirst() {
      return known.isEmpty() && !clean;
    }

    Uuid targetId() {
      return state.map(RouteState::targetId).orElse(Uuid.ZERO_UUID);
    }
  }

  private final LazyAdmin admin;
  private final TargetTopics topics;
  private final String link;
  private final PositionTopic positions;
  private final TargetEnds targetEnds;
  private final TailReader reader;
  private final TailComparison comparison;
  private final HangingTransactions hangingTransactions;
  private final RouteSessions sessions;
  private final Map<Integer, TransactionalWriter> writers;
  private final Map<Route, Guarantee> guarantees;
  private final Set<String> fenced = new HashSet<>();

  /** What the topic of positions is now, see {@link PositionTopic#ensure}. */
  private Uuid positionsId = Uuid.ZERO_UUID;

  /** The transactional ids under which the routes of this recovery may have been written. */
  private final Set<String> identities = new HashSet<>();

  private int lanes;

  /**
   * Creates the recovery of one link.
   *
   * @param writers the open ones, by lane
   * @param guarantees receives the guarantees of the routes
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
    this.targetEnds = new TargetEnds(admin);
    this.reader = new TailReader(admin);
    this.hangingTransactions = new HangingTransactions(admin);
    this.comparison = new TailComparison(reader::look, reader::commonEnd, this::committedEnd);
    this.sessions = sessions;
    this.writers = writers;
    this.guarantees = guarantees;
  }

  Map<Route, Recovery> recover(Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    Map<Route, Recovery> answers = new HashMap<>();
    List<RequestedRoute> requested = new ArrayList<>();
    routes.forEach(
        (route, known) -> {
          Optional<RouteState> state = known.flatMap(RecordRecovery::stateOf);
          boolean isClean = clean.contains(route);
          if (!isClean && known.filter(RecordRecovery::isOfTheLedger).isPresent()) {
            answers.put(route, new Unknown(ofTheBatchPath(route)));
          } else {
            requested.add(new RequestedRoute(route, known, state, isClean));
          }
        });
    positionsId = positions.ensure();
    Map<String, ProducerInstance> instances = beginAll(requested);
    identities.clear();
    identities.addAll(instances.keySet());
    for (RequestedRoute one : requested) {
      one.state().ifPresent(state -> identities.addAll(state.transactionalIds(link)));
    }
    if (requested.stream().anyMatch(one -> one.state().isPresent() && !one.clean())) {
      fenceOthers(requested, instances.keySet());
    }
    Map<Route, Position> found =
        requested.stream().anyMatch(one -> one.state().isPresent() || one.isFirst())
            ? positions.read()
            : Map.of();
    // what is behind these ends can't come from former owners
    targetEnds.look(requested.stream().map(RequestedRoute::route).toList(), routes);
    Map<Route, Finding> findings = compare(requested, found);
    for (RequestedRoute one : requested) {
      answers.put(one.route(), answer(one, found, findings, instances));
    }
    return answers;
  }

  private static boolean isOfTheLedger(RouteProgress known) {
    return SinkStateKind.LEDGER.matches(known.sinkState());
  }

  private static Optional<RouteState> stateOf(RouteProgress known) {
    return known.sinkState().length == 0 || isOfTheLedger(known)
        ? Optional.empty()
        : Optional.of(RouteState.decode(known.sinkState()));
  }

  private static PartitionFailedException ofTheBatchPath(Route route) {
    return new PartitionFailedException(
        ("%s was written on the batch path and not closed cleanly, and only that path can find out what"
                + " was written: start the link once with path(DataPath.BATCHES) and close it, then"
                + " change the path")
            .formatted(route));
  }

  // Fencing.

  private Map<String, ProducerInstance> beginAll(Collection<RequestedRoute> requested) {
    Set<String> codecs = new TreeSet<>();
    Set<String> isolated = new TreeSet<>();
    for (RequestedRoute one : requested) {
      String codec = topics.codec(one.route().target().topic());
      codecs.add(codec);
      if (sessions.isSuspect(one.route())) {
        isolated.add(codec);
      }
    }
    List<CompletableFuture<ProducerInstance>> begun = new ArrayList<>();
    writers.forEach(
        (lane, writer) -> {
          lanes = Math.max(lanes, lane + 1);
          codecs.forEach(codec -> begun.add(writer.begin(codec, false)));
          isolated.forEach(codec -> begun.add(writer.begin(codec, true)));
        });
    if (begun.isEmpty() && !requested.isEmpty()) {
      throw new RetriableException("no writer of link " + link + " is open");
    }
    Map<String, ProducerInstance> instances = new HashMap<>();
    for (CompletableFuture<ProducerInstance> one : begun) {
      ProducerInstance instance = AdminResults.get(one);
      instances.put(instance.transactionalId(), instance);
    }
    return instances;
  }

  /**
   * Ends the transactions of ids that no lane has begun for this recovery: those of this instance's
   * other loops by these loops, whose producers may have failed with an open transaction; those of
   * other instances only once for each id: an instance that initializes one of them later can't
   * save the progress that it would need to write a route.
   */
  private void fenceOthers(Collection<RequestedRoute> requested, Set<String> own) {
    Set<String> others = new TreeSet<>();
    for (RequestedRoute one : requested) {
      if (!one.clean()) {
        one.state().ifPresent(state -> others.addAll(state.transactionalIds(link)));
      }
    }
    fenced.removeAll(own); // this instance has initialized them again
    others.removeAll(own);
    others.removeAll(beginKnown(others));
    others.removeAll(fenced);
    if (others.isEmpty()) {
      return;
    }
    try {
      AdminResults.get(admin.get().fenceProducers(others).all());
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

  /** Begins again those ids that a loop of this instance uses, and returns them. */
  private Set<String> beginKnown(Set<String> ids) {
    Map<String, CompletableFuture<ProducerInstance>> begun = new HashMap<>();
    for (TransactionalWriter writer : writers.values()) {
      ids.forEach(id -> writer.beginKnown(id).ifPresent(one -> begun.put(id, one)));
    }
    begun.values().forEach(AdminResults::get);
    fenced.removeAll(begun.keySet());
    return begun.keySet();
  }

  // AdminResults.

  /** Checks the last records of routes whose target can be queried, and was not recreated. */
  private Map<Route, Finding> compare(
      Collection<RequestedRoute> requested, Map<Route, Position> found) {
    List<TailComparison.Acknowledged> compared = new ArrayList<>();
    for (RequestedRoute one : requested) {
      long targetNext = one.acknowledged();
      TopicPartition target = one.route().target();
      if (targetNext > 0 && targetEnds.trouble(target).isEmpty() && !isRecreated(one)) {
        compared.add(
            new TailComparison.Acknowledged(
                one.route(),
                targetNext,
                one.clean(),
                position(one, found).flatMap(Position::last),
                one.state().flatMap(RouteState::anchor),
                targetEnds.end(target),
                topics.limits(target.topic()).compacted()));
      }
    }
    return comparison.compare(compared);
  }

  private long committedEnd(Route route, long end) {
    hangingTransactions.abort(route.target(), end, identities);
    return reader.committedEnd(route.target(), end);
  }

  private boolean isRecreated(RequestedRoute one) {
    Uuid now = targetEnds.id(one.route().target().topic());
    Uuid known = one.targetId();
    return !known.equals(Uuid.ZERO_UUID) && !now.equals(Uuid.ZERO_UUID) && !known.equals(now);
  }

  private Recovery answer(
      RequestedRoute one,
      Map<Route, Position> found,
      Map<Route, Finding> findings,
      Map<String, ProducerInstance> instances) {
    Route route = one.route();
    Optional<RetriableException> trouble = targetEnds.trouble(route.target());
    if (trouble.isPresent()) {
      return new Unknown(trouble.get());
    }
    if (one.isFirst() && found.containsKey(route) && targetEnds.end(route.target()).offset() > 0) {
      return new Unknown(progressIsGone(route));
    }
    boolean recreated = isRecreated(one);
    Finding finding = findings.getOrDefault(route, Finding.NOTHING);
    if (finding.trouble().isPresent()) {
      return new Unknown(finding.trouble().get());
    }
    if (one.acknowledged() > 0 && (recreated || finding.isLost())) {
      // nothing of this route survives in a topic that was recreated
      boolean same = !recreated && one.targetId().equals(targetEnds.id(route.target().topic()));
      return new Lost(
          recreated ? 0 : finding.survivingEnd(),
          begin(route, RouteState.AT_PROGRESS, Optional.empty(), instances),
          same && !one.targetId().equals(Uuid.ZERO_UUID) && finding.isExact(),
          recreated ? 0 : finding.behind());
    }
    guarantees.put(
        route,
        one.known().isPresent() && one.state().isEmpty() && !one.clean()
            ? REPEATS_ONCE
            : TRANSACTIONS);
    if (finding.intactUpTo() > 0) {
      return recoverFromTarget(one, finding.intactUpTo(), instances);
    }
    if (isPositionLost(one, found) && !recreated) {
      return recoverFromTarget(one, targetEnds.end(route.target()).offset(), instances);
    }
    // positions for a topic that is gone mean nothing for the recreated one
    long resumeAt = one.clean() || recreated ? RouteState.AT_PROGRESS : resumeAt(one, found);
    byte[] state = begin(route, resumeAt, finding.last(), instances);
    return resumeAt == RouteState.AT_PROGRESS
        ? new SkipRecords(0, List.of(), state)
        : new ResumeAt(resumeAt, state);
  }

  private PartitionFailedException progressIsGone(Route route) {
    return new PartitionFailedException(
        ("topic %s says that this link has written records of %s to target %s, but its progress is missing:"
                + " was its state topic deleted, or is the progressStore another one? From the beginning"
                + " it would copy them twice. %s")
            .formatted(
                positions.name(), route.source(), route.target(), CopyAgain.orRebuild(link)));
  }

  /**
   * The topic of positions was created again, or records were deleted from it, and nothing is in it
   * that this session wrote.
   */
  private boolean isPositionLost(RequestedRoute one, Map<Route, Position> found) {
    Uuid before = one.state().map(RouteState::positionsId).orElse(Uuid.ZERO_UUID);
    return !one.clean()
        && !before.equals(Uuid.ZERO_UUID)
        && !positionsId.equals(Uuid.ZERO_UUID)
        && !before.equals(positionsId)
        && position(one, found).isEmpty();
  }

  /**
   * Recovers a route whose position is lost: the committed records behind the progress are read
   * from the target.
   */
  private Recovery recoverFromTarget(
      RequestedRoute one, long end, Map<String, ProducerInstance> instances) {
    Route route = one.route();
    if (end <= one.acknowledged()) {
      byte[] state = begin(route, RouteState.AT_PROGRESS, Optional.empty(), instances);
      return new SkipRecords(0, List.of(), state);
    }
    Committed committed = reader.committed(route.target(), one.acknowledged(), end);
    byte[] state = begin(route, RouteState.AT_PROGRESS, Optional.empty(), instances);
    return committed.count() == 0
        ? new SkipRecords(0, List.of(), state)
        : new SkipMatching(
            committed.count(),
            committed.runs(),
            committed.fingerprints(),
            committed.timestampsIncluded(),
            state);
  }

  private static Optional<Position> position(RequestedRoute one, Map<Route, Position> found) {
    Position position = found.get(one.route());
    return one.state()
        .filter(state -> position != null && position.session() == state.session())
        .map(state -> position);
  }

  private static long resumeAt(RequestedRoute one, Map<Route, Position> found) {
    RouteState state = one.state().orElse(null);
    if (state == null) {
      return RouteState.AT_PROGRESS;
    }
    return position(one, found).map(Position::sourceNext).orElse(state.resumeAt());
  }

  private byte[] begin(
      Route route,
      long resumeAt,
      Optional<LocatedRecord> last,
      Map<String, ProducerInstance> instances) {
    long session = ThreadLocalRandom.current().nextLong();
    String codec = topics.codec(route.target().topic());
    End end = targetEnds.end(route.target());
    sessions.setEnd(route.target(), end.offset());
    RouteTail tail = new RouteTail(last.orElse(null), end.leaderEpoch(), System.nanoTime());
    sessions.issue(
        route, new RouteSession(session, codec, sessions.isSuspect(route), instances, tail));
    Uuid targetId = targetEnds.id(route.target().topic());
    return new RouteState(lanes, session, resumeAt, targetId, codec, last, positionsId).encode();
  }
}
