package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.Answers;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.state.PositionTopic;
import dev.twinlog.internal.kafka.state.PositionTopic.Position;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.ResumeAt;
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
import org.apache.kafka.common.Uuid;

/**
 * Says where routes of the record path are, in this order:
 *
 * <ol>
 *   <li>initializes this instance's own transactional ids, unless they are, and fences all others
 *       under which the routes may have been written: the former owner's, who may have had more
 *       lanes. Both wait until the transaction that was open is settled on every partition of it;
 *   <li>reads the positions that are committed then. Nobody else can commit one any more;
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
      Route route, Optional<RouteProgress> known, Optional<RouteState> state, boolean clean) {}

  private final LazyAdmin admin;
  private final TargetTopics topics;
  private final String link;
  private final PositionTopic positions;
  private final TargetTails tails;
  private final RouteSessions sessions;
  private final Map<Integer, TransactionalWriter> writers;
  private final Map<Route, Guarantee> guarantees;
  private final Set<String> fenced = new HashSet<>();
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
    positions.ensure();
    tails.look(asked.stream().map(Asked::route).toList(), routes);
    Map<String, Incarnation> incarnations = beginAll(asked);
    boolean anyUnclean = asked.stream().anyMatch(one -> one.state().isPresent() && !one.clean());
    Map<Route, Position> found = Map.of();
    if (anyUnclean) {
      fenceOthers(asked, incarnations.keySet());
      found = positions.read();
    }
    for (Asked one : asked) {
      answers.put(one.route(), answer(one, found, incarnations));
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

  private Map<String, Incarnation> beginAll(Collection<Asked> asked) {
    Set<String> codecs = new TreeSet<>();
    Set<String> apart = new TreeSet<>();
    for (Asked one : asked) {
      String codec = topics.codec(one.route().target().topic());
      codecs.add(codec);
      if (sessions.isSuspect(one.route())) {
        apart.add(codec);
      }
    }
    List<CompletableFuture<Incarnation>> begun = new ArrayList<>();
    writers.forEach(
        (lane, writer) -> {
          lanes = Math.max(lanes, lane + 1);
          codecs.forEach(codec -> begun.add(writer.begin(codec, false)));
          apart.forEach(codec -> begun.add(writer.begin(codec, true)));
        });
    if (begun.isEmpty() && !asked.isEmpty()) {
      throw new RetriableException("no writer of link " + link + " is open");
    }
    Map<String, Incarnation> incarnations = new HashMap<>();
    for (CompletableFuture<Incarnation> one : begun) {
      Incarnation incarnation = Answers.get(one);
      incarnations.put(incarnation.transactionalId(), incarnation);
    }
    return incarnations;
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
    Map<String, CompletableFuture<Incarnation>> begun = new HashMap<>();
    for (TransactionalWriter writer : writers.values()) {
      ids.forEach(id -> writer.beginKnown(id).ifPresent(one -> begun.put(id, one)));
    }
    begun.values().forEach(Answers::get);
    fenced.removeAll(begun.keySet());
    return begun.keySet();
  }

  // Answers.

  private Recovery answer(
      Asked one, Map<Route, Position> found, Map<String, Incarnation> incarnations) {
    Route route = one.route();
    Optional<RetriableException> trouble = tails.trouble(route.target());
    if (trouble.isPresent()) {
      return new Unknown(trouble.get());
    }
    Uuid targetId = tails.id(route.target().topic());
    long end = tails.end(route.target());
    long acknowledged = one.known().map(RouteProgress::targetNext).orElse(0L);
    Uuid knownId = one.state().map(RouteState::targetId).orElse(Uuid.ZERO_UUID);
    boolean recreated =
        !knownId.equals(Uuid.ZERO_UUID)
            && !targetId.equals(Uuid.ZERO_UUID)
            && !knownId.equals(targetId);
    if (acknowledged > 0 && (recreated || end < acknowledged)) {
      // of a topic that was created again nothing of ours survives, whatever is in it by now
      return new Lost(
          recreated ? 0 : end, begin(route, RouteState.AT_THE_CUT, targetId, incarnations));
    }
    // positions of a topic that is gone say nothing of the one that has its name now
    long resumeAt = one.clean() || recreated ? RouteState.AT_THE_CUT : resumeAt(one, found);
    guarantees.put(
        route,
        one.known().isPresent() && one.state().isEmpty() && !one.clean()
            ? REPEATS_ONCE
            : TRANSACTIONS);
    byte[] state = begin(route, resumeAt, targetId, incarnations);
    return resumeAt == RouteState.AT_THE_CUT
        ? new SkipRecords(0, List.of(), state)
        : new ResumeAt(resumeAt, state);
  }

  private static long resumeAt(Asked one, Map<Route, Position> found) {
    RouteState state = one.state().orElse(null);
    if (state == null) {
      return RouteState.AT_THE_CUT;
    }
    Position position = found.get(one.route());
    return position != null && position.session() == state.session()
        ? position.sourceNext()
        : state.resumeAt();
  }

  private byte[] begin(
      Route route, long resumeAt, Uuid targetId, Map<String, Incarnation> incarnations) {
    long session = ThreadLocalRandom.current().nextLong();
    String codec = topics.codec(route.target().topic());
    sessions.issue(
        route, new RouteSession(session, codec, sessions.isSuspect(route), incarnations));
    return new RouteState(lanes, session, resumeAt, targetId, codec).encode();
  }
}
