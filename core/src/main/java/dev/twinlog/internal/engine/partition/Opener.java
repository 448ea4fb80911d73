package dev.twinlog.internal.engine.partition;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.control.TopicAdmission.Admission;
import dev.twinlog.internal.control.TopicAdmission.Admitted;
import dev.twinlog.internal.control.TopicAdmission.Refused;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.RouteTable;
import dev.twinlog.internal.engine.lane.Stages;
import dev.twinlog.internal.engine.partition.Opening.Prepared;
import dev.twinlog.internal.engine.partition.Opening.Ready;
import dev.twinlog.internal.engine.partition.Opening.Recovered;
import dev.twinlog.internal.engine.partition.Opening.Routed;
import dev.twinlog.internal.engine.partition.Opening.Startable;
import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.engine.recovery.LostTails;
import dev.twinlog.internal.engine.recovery.Recoveries;
import dev.twinlog.internal.engine.recovery.Rewind;
import dev.twinlog.internal.engine.shared.CurrentGuarantee;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.internal.options.LinkSettings;
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
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Opens partitions, many at once, always in this order: prepare the target topic, recover the
 * routes (which fences former owners), resolve the start position, save a progress that is not
 * clean, and start the session. Confined to the control thread; completions of other threads are
 * run by {@code control}, and calls that may block are made by {@code calls}.
 */
public final class Opener {

  /** Receives the results of openings, on the control thread. */
  interface Outcome {
    void begun(PartitionControl partition);

    void opened(PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees);

    /**
     * The opening has failed.
     *
     * @param compacted whether the topic may have lost records to compaction
     */
    void failed(PartitionControl partition, ReplicationException cause, boolean compacted);

    /** The target lost its tail, and the lost records are copied again. */
    void rewound(PartitionControl partition, Rewind rewind);

    /**
     * This number of records that the target has, from this source offset on, are written again.
     */
    void repeats(PartitionControl partition, long sourceOffset, long records);

    /** The opening has failed: the source topic was recreated since discovery. */
    void recreated(PartitionControl partition, SourcePartition successor);
  }

  /**
   * What openings need.
   *
   * @param admission prepares target topics
   * @param keeper saves progress
   * @param calls makes calls that may block
   */
  public record Parts(
      TopicAdmission admission, Stages stages, ProgressKeeper keeper, Calls calls) {}

  private final Link link;
  private final LinkSettings settings;
  private final TopicAdmission admission;
  private final Stages stages;
  private final ProgressKeeper keeper;
  private final Calls calls;
  private final Executor control;
  private final Outcome outcome;

  public Opener(Link link, Parts parts, Executor control, Outcome outcome) {
    this.link = link;
    this.settings = link.settings();
    this.admission = parts.admission();
    this.stages = parts.stages();
    this.keeper = parts.keeper();
    this.calls = parts.calls();
    this.control = control;
    this.outcome = outcome;
  }

  /**
   * Begins to open these partitions.
   *
   * @param partitions idle partitions; each is reported to the outcome eventually
   * @param counts the number of partitions of each of their topics
   */
  public void open(Collection<PartitionControl> partitions, Map<String, Integer> counts) {
    partitions.forEach(outcome::begun);
    List<PartitionControl> going = new ArrayList<>(partitions);
    going.removeIf(this::targetTopicChanged);
    Map<String, Integer> admitted = new HashMap<>(counts);
    admitted.keySet().retainAll(going.stream().map(PartitionControl::topic).toList());
    if (!going.isEmpty()) {
      calls.call(
          () -> admission.admit(admitted),
          admissions -> admitted(going, admissions),
          cause -> failUnrouted(going, cause));
    }
  }

  private void admitted(List<PartitionControl> going, Map<String, Admission> admissions) {
    try {
      recover(createRoutes(going, admissions));
    } catch (RuntimeException e) {
      failUnrouted(going, e);
    }
  }

  private void failUnrouted(List<PartitionControl> going, RuntimeException e) {
    ReplicationException cause = LinkFailure.asReplicationException(e);
    going.forEach(partition -> fail(partition, cause));
  }

  /**
   * Whether the partition's records are in another target topic than the mapper's current one; then
   * it fails before that topic is created or written.
   */
  private boolean targetTopicChanged(PartitionControl partition) {
    Progress progress = partition.progress();
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
  private List<Routed> createRoutes(
      Collection<PartitionControl> partitions, Map<String, Admission> admissions) {
    List<Routed> openings = new ArrayList<>(partitions.size());
    for (PartitionControl partition : partitions) {
      Admission admission = admissions.get(partition.topic());
      if (admission instanceof Admitted admitted && isOther(admitted.sourceId(), partition)) {
        outcome.recreated(
            partition, new SourcePartition(partition.partition(), admitted.sourceId()));
      } else if (admission instanceof Admitted admitted) {
        try {
          openings.add(route(partition, admitted));
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

  private Routed route(PartitionControl partition, Admitted admitted) {
    RouteTable routes =
        RouteTable.of(
            partition.partition(), admitted.targetTopic(), admitted.partitions(), stages.mapper());
    return new Routed(partition, routes, admitted.id(), admitted.compacted());
  }

  /** Whether the topic was recreated since the last discovery. */
  private static boolean isOther(Optional<Uuid> idNow, PartitionControl partition) {
    Optional<Uuid> before = partition.position().source().topicId();
    return idNow.isPresent() && before.isPresent() && !idNow.equals(before);
  }

  private void recover(List<Routed> openings) {
    Optional<RecoverableSink> recovery = settings.sinkAbilities().recovery();
    if (openings.isEmpty()) {
      return;
    }
    if (settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE && recovery.isPresent()) {
      // recovery fences other writers of these routes, so a former owner must not do it
      step(
          keeper.save(List.of()),
          openings,
          proved -> {
            List<Routed> owned = owned(openings);
            RecoveryRequest request = new RecoveryRequest(owned);
            request.routes().forEach(link::forgetTargetEnd);
            call(
                () -> request.send(recovery.get(), settings.sinkAbilities()),
                owned,
                stage -> step(stage, owned, answers -> recovered(owned, answers)));
          });
    } else {
      findLostTails(openings);
    }
  }

  private void recovered(List<Routed> openings, Map<Route, Recovery> answers) {
    List<Recovered> known = new ArrayList<>(openings.size());
    for (Routed opening : owned(openings)) {
      Map<Route, Recovery> own = new LinkedHashMap<>();
      for (Route route : opening.routes().routes()) {
        Recovery answer = answers.get(route);
        if (answer == null) {
          throw new RetriableException("the sink's recovery gave no answer about " + route);
        }
        own.put(route, answer);
      }
      Recoveries.unknown(own)
          .ifPresentOrElse(
              cause -> fail(opening, cause), () -> known.add(new Recovered(opening, own)));
    }
    resolveStarts(known);
  }

  /** Detects lost tails of the targets of a sink that can't recover. */
  private void findLostTails(List<Routed> openings) {
    List<RouteProgress> known = new ArrayList<>();
    for (Routed opening : openings) {
      opening.routes().routes().forEach(route -> opening.known(route).ifPresent(known::add));
    }
    call(
        () -> LostTails.find(settings.sinkAbilities().topics(), known),
        openings,
        tails -> resolveStarts(withoutLostTails(openings, tails)));
  }

  private List<Recovered> withoutLostTails(List<Routed> openings, LostTails tails) {
    List<Recovered> seen = new ArrayList<>(openings.size());
    for (Routed opening : openings) {
      try {
        seen.add(new Recovered(opening, tails.of(opening.routes().routes())));
      } catch (RetriableException e) {
        fail(opening, e);
      }
    }
    return seen;
  }

  /** Resolves the start positions of partitions without progress. */
  private void resolveStarts(List<Recovered> openings) {
    Map<TopicPartition, StartPosition> starts = new HashMap<>();
    for (Recovered opening : openings) {
      CopyPosition position = opening.partition().position();
      if (position.progress().isEmpty()) {
        starts.put(opening.partition().partition(), position.start());
      }
    }
    if (starts.isEmpty()) {
      prepareAll(openings, Map.of());
    } else {
      call(
          () -> settings.source().resolve(starts),
          openings,
          resolved -> prepareAll(openings, resolved));
    }
  }

  private void prepareAll(List<Recovered> openings, Map<TopicPartition, Long> resolved) {
    List<Ready> ready = new ArrayList<>(openings.size());
    for (Recovered opening : owned(openings)) {
      try {
        ready.add(
            prepare(
                opening,
                resolved.getOrDefault(opening.partition().partition(), PartitionFigures.UNKNOWN)));
      } catch (ReplicationException e) {
        fail(opening, e);
      }
    }
    save(ready);
  }

  private Ready prepare(Recovered opening, long resolved) {
    PartitionControl partition = opening.partition();
    Routed routed = opening.routed();
    Progress before = partition.progress();
    long checkpoint = before == null ? resolved : before.sourceNext();
    if (checkpoint == PartitionFigures.UNKNOWN) {
      throw new RetriableException(
          "the source has no offset to begin at for " + partition.position().source());
    }
    OpeningTerms terms = routed.terms();
    Recoveries found = Recoveries.of(opening.recovered(), terms.repeatsAccepted());
    Optional<Rewind> rewind =
        settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE
            ? Rewind.of(opening.recovered(), partition.claim().maps().history(), checkpoint)
            : Optional.empty();
    if (rewind.isPresent()) {
      checkpoint = rewind.get().sourceOffset();
    } else {
      found.checkLoss(partition.partition(), checkpoint, terms.acceptedLoss());
    }
    String fingerprint = stages.fingerprint(routed.routes().targetPartitions());
    if (before != null && !before.stagesFingerprint().equals(fingerprint)) {
      found.checkNothingAlreadyWritten(before, checkpoint, fingerprint);
    }
    long sourceNext = found.startsAt(checkpoint);
    List<Route> routes = routed.routes().routes();
    AlreadyWritten alreadyWritten = found.alreadyWritten(sourceNext, routed.compacted());
    List<RouteProgress> first = new ArrayList<>();
    for (Route route : routes) {
      first.add(found.first(route, routed.known(route), sourceNext));
    }
    // epochs only grow, so an earlier offset has no later epoch; without an epoch a truncation of
    // a source that has grown again would not be detected
    OptionalInt epoch =
        before == null || before.sourceNext() < sourceNext
            ? OptionalInt.empty()
            : before.sourceLeaderEpoch();
    SkippedOffsets skipped = before == null ? SkippedOffsets.none() : before.skipped();
    Progress next =
        new Progress(
            partition.position().source(), sourceNext, false, fingerprint, first, epoch, skipped);
    // if it starts later, all routes have the records between, at unknown offsets
    Set<Route> unseen = sourceNext > checkpoint ? Set.copyOf(routes) : Set.of();
    return new Ready(routed, new Prepared(next, unseen, alreadyWritten), rewind, found.repeated());
  }

  private void save(List<Ready> ready) {
    if (ready.isEmpty()) {
      return;
    }
    List<Progress> firsts = new ArrayList<>(ready.size());
    List<Startable> startable = new ArrayList<>(ready.size());
    for (Ready opening : ready) {
      Prepared prepared = opening.prepared();
      // entries that the session will append again are removed from the stored map with this save
      SourceMap map = opening.partition().claim().maps().open(prepared.next(), prepared.unseen());
      firsts.add(prepared.next());
      startable.add(new Startable(opening, map));
      applyRewind(opening);
    }
    step(keeper.save(firsts), startable, saved -> startSessions(startable));
  }

  /**
   * Applies the rewind at once: opening the map has removed the entries after it, so a later
   * opening could not find the position again, even if this progress is not saved.
   */
  private void applyRewind(Ready opening) {
    if (opening.rewind().isPresent()) {
      PartitionControl partition = opening.partition();
      partition.position(partition.position().at(opening.prepared().next()));
      outcome.rewound(partition, opening.rewind().get());
      repeats(opening);
    }
  }

  private void repeats(Ready opening) {
    if (opening.repeated() > 0) {
      outcome.repeats(
          opening.partition(), opening.prepared().next().sourceNext(), opening.repeated());
    }
  }

  private void startSessions(List<Startable> startable) {
    Map<Route, Guarantee> guarantees = CurrentGuarantee.ask(settings);
    for (Startable opening : owned(startable)) {
      Ready ready = opening.ready();
      PartitionControl partition = opening.partition();
      Prepared prepared = ready.prepared();
      partition.position(partition.position().opened(prepared.next()));
      if (ready.rewind().isEmpty()) {
        repeats(ready);
      }
      CopySession.Start start =
          new CopySession.Start(
              prepared.next(),
              ready.routed().routes(),
              ready.routed().targetId(),
              prepared.alreadyWritten(),
              opening.map());
      outcome.opened(partition, new CopySession(partition.figures(), start), guarantees);
    }
  }

  /** Returns the openings whose claim has not ended, and fails the others. */
  private <T extends Opening> List<T> owned(List<T> openings) {
    List<T> owned = new ArrayList<>(openings.size());
    for (T opening : openings) {
      if (opening.partition().claim().isEnded()) {
        fail(opening, new RetriableException(opening.partition().partition() + " is not owned"));
      } else {
        owned.add(opening);
      }
    }
    return owned;
  }

  /** Makes a call that may block, and continues with its answer, or fails all of these openings. */
  private <T> void call(Supplier<T> call, List<? extends Opening> openings, Consumer<T> onward) {
    calls.call(
        call,
        answer -> step(openings, () -> onward.accept(answer)),
        error -> failAll(openings, error));
  }

  /** Continues with the result on the control thread, or fails all of these openings. */
  private <T> void step(
      CompletionStage<T> stage, List<? extends Opening> openings, Consumer<T> onward) {
    stage.whenComplete(
        (answer, error) ->
            control.execute(
                () -> {
                  if (error == null) {
                    step(openings, () -> onward.accept(answer));
                  } else {
                    failAll(openings, error);
                  }
                }));
  }

  private void step(List<? extends Opening> openings, Runnable onward) {
    try {
      onward.run();
    } catch (RuntimeException e) {
      failAll(openings, e);
    }
  }

  /** Fails them; those that are not being opened any more stay as they are. */
  private void failAll(List<? extends Opening> openings, Throwable error) {
    ReplicationException cause = LinkFailure.asReplicationException(error);
    openings.forEach(opening -> fail(opening, cause));
  }

  private void fail(Opening opening, ReplicationException cause) {
    outcome.failed(opening.partition(), cause, opening.compacted());
  }

  /** It has failed before its topic was admitted. */
  private void fail(PartitionControl partition, ReplicationException cause) {
    outcome.failed(partition, cause, false);
  }
}
