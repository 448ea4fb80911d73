package dev.twinlog.internal.engine;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.control.TopicAdmission.Admission;
import dev.twinlog.internal.control.TopicAdmission.Admitted;
import dev.twinlog.internal.control.TopicAdmission.Refused;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.internal.progress.FailedStage;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Opens partitions, many at once, always in this order: prepare the target topic, recover the
 * routes (which fences former owners), resolve the start position, save a progress that is not
 * clean, and start the session. Confined to the control thread; completions of other threads are
 * run by {@code control}.
 */
final class Opener {

  /** Receives the results of openings, on the control thread. */
  interface Outcome {
    void opened(PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees);

    void failed(PartitionControl partition, ReplicationException cause);

    /** The target lost its tail, and the lost records are copied again. */
    void rewound(PartitionControl partition, Rewind rewind);

    /**
     * This number of records that the target has, from this source offset on, are written again.
     */
    void repeats(PartitionControl partition, long sourceOffset, long records);

    /** The source topic was recreated since the partition was discovered. */
    void recreated(PartitionControl partition, SourcePartition successor);
  }

  private final Link link;
  private final LinkSettings settings;
  private final TopicAdmission admission;
  private final Stages stages;
  private final ProgressKeeper keeper;
  private final Executor control;
  private final Outcome outcome;

  Opener(
      Link link,
      TopicAdmission admission,
      Stages stages,
      ProgressKeeper keeper,
      Executor control,
      Outcome outcome) {
    this.link = link;
    this.settings = link.settings();
    this.admission = admission;
    this.stages = stages;
    this.keeper = keeper;
    this.control = control;
    this.outcome = outcome;
  }

  /** One partition that is being opened, with the results of the steps so far. */
  private static final class Opening {
    final PartitionControl partition;
    final RouteTable routes;
    final Optional<Uuid> targetId;
    Map<Route, Recovery> recovered = Map.of();
    long resolved = PartitionFigures.UNKNOWN;
    @Nullable Progress next;
    @Nullable AlreadyWritten alreadyWritten;
    Set<Route> unseen = Set.of();
    @Nullable SourceMap map;
    @Nullable Rewind rewind;
    long repeated;

    Opening(PartitionControl partition, RouteTable routes, Optional<Uuid> targetId) {
      this.partition = partition;
      this.routes = routes;
      this.targetId = targetId;
    }

    /** Whether no former owner can still be writing the route with this progress. */
    boolean isClean(Optional<RouteProgress> known) {
      Progress progress = partition.progress;
      return progress == null ? partition.recreationAccepted : known.isEmpty() || progress.clean();
    }

    /** The saved progress of a route. */
    Optional<RouteProgress> known(Route route) {
      Progress progress = partition.progress;
      return progress == null
          ? Optional.empty()
          : progress.routes().stream().filter(known -> known.route().equals(route)).findFirst();
    }
  }

  /**
   * Begins to open these partitions.
   *
   * @param partitions idle partitions; each is reported to the outcome eventually
   * @param counts the number of partitions of each of their topics
   */
  void open(Collection<PartitionControl> partitions, Map<String, Integer> counts) {
    partitions.forEach(partition -> partition.opening = true);
    try {
      List<PartitionControl> going = new ArrayList<>(partitions);
      going.removeIf(this::targetTopicChanged);
      Map<String, Integer> admitted = new HashMap<>(counts);
      admitted.keySet().retainAll(going.stream().map(PartitionControl::topic).toList());
      recover(createRoutes(going, admission.admit(admitted)));
    } catch (RuntimeException e) {
      ReplicationException cause = asReplicationException(e);
      partitions.stream().filter(p -> p.opening).forEach(p -> fail(p, cause));
    }
  }

  /**
   * Whether the partition's records are in another target topic than the mapper's current one; then
   * it fails before that topic is created or written.
   */
  private boolean targetTopicChanged(PartitionControl partition) {
    Progress progress = partition.progress;
    if (progress == null) {
      return false;
    }
    String now;
    try {
      now = admission.targetTopic(partition.topic());
    } catch (PartitionFailedException e) {
      return false; // the admission reports the failure
    }
    for (RouteProgress route : progress.routes()) {
      String former = route.route().target().topic();
      boolean copied = route.written() > 0 || route.targetNext() > 0;
      if (copied && !former.equals(now)) {
        fail(partition, new TargetChangedException(partition.partition(), former, now));
        return true;
      }
    }
    return false;
  }

  /** Creates the routes of partitions whose topics were admitted. */
  private List<Opening> createRoutes(
      Collection<PartitionControl> partitions, Map<String, Admission> admissions) {
    List<Opening> openings = new ArrayList<>(partitions.size());
    for (PartitionControl partition : partitions) {
      Admission admission = admissions.get(partition.topic());
      if (admission instanceof Admitted admitted && isOther(admitted.sourceId(), partition)) {
        partition.opening = false;
        outcome.recreated(
            partition, new SourcePartition(partition.partition(), admitted.sourceId()));
      } else if (admission instanceof Admitted admitted) {
        partition.compacted = admitted.compacted();
        try {
          openings.add(
              new Opening(
                  partition,
                  RouteTable.of(
                      partition.partition(),
                      admitted.targetTopic(),
                      admitted.partitions(),
                      stages.mapper()),
                  admitted.id()));
        } catch (PartitionFailedException e) {
          fail(partition, e);
        }
      } else if (admission instanceof Refused refused) {
        fail(partition, refused.cause());
      } else {
        fail(partition, new RetriableException("no answer about topic " + partition.topic()));
      }
    }
    return openings;
  }

  /** Whether the topic was recreated since the last discovery. */
  private static boolean isOther(Optional<Uuid> idNow, PartitionControl partition) {
    Optional<Uuid> before = partition.source.topicId();
    return idNow.isPresent() && before.isPresent() && !idNow.equals(before);
  }

  private void recover(List<Opening> openings) {
    Optional<RecoverableSink> recovery = settings.sinkAbilities().recovery();
    if (openings.isEmpty()) {
      return;
    }
    if (settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE && recovery.isPresent()) {
      Map<Route, Optional<RouteProgress>> asked = new LinkedHashMap<>();
      Set<Route> clean = new HashSet<>();
      for (Opening opening : openings) {
        List<Route> routes = opening.routes.routes();
        for (Route route : routes) {
          Optional<RouteProgress> known = opening.known(route);
          asked.put(route, known);
          link.forgetTargetEnd(route);
          if (opening.isClean(known)) {
            clean.add(route);
          }
        }
      }
      // recovery fences other writers of these routes, so a former owner must not do it
      step(
          keeper.save(List.of()),
          openings,
          owned ->
              step(
                  recover(recovery.get(), asked, clean),
                  openings,
                  answers -> recovered(openings, answers)));
    } else {
      step(openings, () -> resolveStarts(withoutLostTails(openings)));
    }
  }

  private CompletionStage<Map<Route, Recovery>> recover(
      RecoverableSink sink, Map<Route, Optional<RouteProgress>> asked, Set<Route> clean) {
    return settings
        .sinkAbilities()
        .cleanClose()
        .map(informed -> informed.recover(asked, clean))
        .orElseGet(() -> sink.recover(asked));
  }

  private void recovered(List<Opening> openings, Map<Route, Recovery> answers) {
    List<Opening> known = new ArrayList<>(openings.size());
    for (Opening opening : openings) {
      Map<Route, Recovery> own = new LinkedHashMap<>();
      for (Route route : opening.routes.routes()) {
        Recovery answer = answers.get(route);
        if (answer == null) {
          throw new RetriableException("the sink's recovery gave no answer about " + route);
        }
        own.put(route, answer);
      }
      opening.recovered = own;
      Recoveries.unknown(own)
          .ifPresentOrElse(cause -> fail(opening.partition, cause), () -> known.add(opening));
    }
    resolveStarts(known);
  }

  /** Detects lost tails of the targets of a sink that can't recover. */
  private List<Opening> withoutLostTails(List<Opening> openings) {
    List<RouteProgress> known = new ArrayList<>();
    for (Opening opening : openings) {
      opening.routes.routes().forEach(route -> opening.known(route).ifPresent(known::add));
    }
    LostTails tails = LostTails.find(settings.sinkAbilities().topics(), known);
    List<Opening> seen = new ArrayList<>(openings.size());
    for (Opening opening : openings) {
      try {
        opening.recovered = tails.of(opening.routes.routes());
        seen.add(opening);
      } catch (RetriableException e) {
        fail(opening.partition, e);
      }
    }
    return seen;
  }

  /** Resolves the start positions of partitions without progress. */
  private void resolveStarts(List<Opening> openings) {
    Map<TopicPartition, StartPosition> starts = new HashMap<>();
    for (Opening opening : openings) {
      if (opening.partition.progress == null) {
        starts.put(opening.partition.partition(), opening.partition.start);
      }
    }
    Map<TopicPartition, Long> resolved =
        starts.isEmpty() ? Map.of() : settings.source().resolve(starts);
    List<Opening> ready = new ArrayList<>(openings.size());
    for (Opening opening : openings) {
      try {
        opening.resolved =
            resolved.getOrDefault(opening.partition.partition(), PartitionFigures.UNKNOWN);
        prepare(opening);
        ready.add(opening);
      } catch (ReplicationException e) {
        fail(opening.partition, e);
      }
    }
    save(ready);
  }

  private void prepare(Opening opening) {
    PartitionControl partition = opening.partition;
    Progress before = partition.progress;
    long sourceNext = before == null ? opening.resolved : before.sourceNext();
    if (sourceNext == PartitionFigures.UNKNOWN) {
      throw new RetriableException("the source has no offset to begin at for " + partition.source);
    }
    String fingerprint = stages.fingerprint(opening.routes.targetPartitions());
    Recoveries found = Recoveries.of(opening.recovered, partition.repeatsAccepted);
    opening.rewind =
        settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE
            ? Rewind.of(opening.recovered, link.maps().history(), sourceNext)
            : null;
    if (opening.rewind != null) {
      sourceNext = opening.rewind.sourceOffset();
    } else {
      found.checkLoss(partition.source.partition(), sourceNext, partition.lossAccepted);
    }
    if (before != null && !before.stagesFingerprint().equals(fingerprint)) {
      found.checkNothingAlreadyWritten(before, sourceNext, fingerprint);
    }
    long checkpoint = sourceNext;
    sourceNext = found.startsAt(checkpoint);
    if (sourceNext > checkpoint) { // all routes have the records between, at unknown offsets
      opening.unseen = Set.copyOf(opening.routes.routes());
    }
    opening.alreadyWritten = found.alreadyWritten(sourceNext, partition.compacted);
    opening.repeated = found.repeated();
    List<RouteProgress> routes = new ArrayList<>();
    for (Route route : opening.routes.routes()) {
      routes.add(found.first(route, opening.known(route), sourceNext));
    }
    // epochs only grow, so an earlier offset has no later epoch; without an epoch a truncation of
    // a source that has grown again would not be detected
    OptionalInt epoch =
        before == null || before.sourceNext() < sourceNext
            ? OptionalInt.empty()
            : before.sourceLeaderEpoch();
    opening.next = new Progress(partition.source, sourceNext, false, fingerprint, routes, epoch);
  }

  private void save(List<Opening> ready) {
    if (ready.isEmpty()) {
      return;
    }
    List<Progress> firsts = new ArrayList<>(ready.size());
    for (Opening opening : ready) {
      if (opening.next != null) {
        // entries that the session will append again are removed from the stored map with this save
        opening.map = link.maps().open(opening.next, opening.unseen);
        firsts.add(opening.next);
        applyRewind(opening, opening.next);
      }
    }
    step(keeper.save(firsts), ready, saved -> startSessions(ready));
  }

  /**
   * Applies the rewind at once: opening the map has removed the entries after it, so a later
   * opening could not find the position again, even if this progress is not saved.
   */
  private void applyRewind(Opening opening, Progress to) {
    if (opening.rewind != null) {
      opening.partition.progress = to;
      outcome.rewound(opening.partition, opening.rewind);
      repeats(opening, to);
    }
  }

  private void repeats(Opening opening, Progress from) {
    if (opening.repeated > 0) {
      outcome.repeats(opening.partition, from.sourceNext(), opening.repeated);
    }
  }

  private void startSessions(List<Opening> ready) {
    Map<Route, Guarantee> guarantees = CurrentGuarantee.ask(settings);
    for (Opening opening : ready) {
      PartitionControl partition = opening.partition;
      if (opening.next != null && opening.alreadyWritten != null && opening.map != null) {
        partition.progress = opening.next;
        partition.recreationAccepted = false;
        partition.opening = false;
        if (opening.rewind == null) {
          repeats(opening, opening.next);
        }
        CopySession.Start start =
            new CopySession.Start(
                opening.next,
                opening.routes,
                opening.targetId,
                opening.alreadyWritten,
                opening.map);
        outcome.opened(partition, new CopySession(partition.figures, start), guarantees);
      }
    }
  }

  /** Continues with the result on the control thread, or fails all of these openings. */
  private <T> void step(CompletionStage<T> stage, List<Opening> openings, Consumer<T> onward) {
    stage.whenComplete(
        (answer, error) ->
            control.execute(
                () -> {
                  if (error == null) {
                    step(openings, () -> onward.accept(answer));
                  } else {
                    ReplicationException cause = asReplicationException(error);
                    openings.forEach(opening -> fail(opening.partition, cause));
                  }
                }));
  }

  private void step(List<Opening> openings, Runnable onward) {
    try {
      onward.run();
    } catch (RuntimeException e) {
      ReplicationException cause = asReplicationException(e);
      openings.stream()
          .filter(opening -> opening.partition.opening)
          .forEach(opening -> fail(opening.partition, cause));
    }
  }

  private void fail(PartitionControl partition, ReplicationException cause) {
    partition.opening = false;
    outcome.failed(partition, cause);
  }

  /** Converts an exception; an unknown one counts as retriable. */
  static ReplicationException asReplicationException(Throwable error) {
    Throwable cause = FailedStage.cause(error);
    return cause instanceof ReplicationException known
        ? known
        : new RetriableException(String.valueOf(cause), cause);
  }
}
