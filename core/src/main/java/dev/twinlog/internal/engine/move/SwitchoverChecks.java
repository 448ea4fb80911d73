package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupState;
import dev.twinlog.internal.engine.move.MovableLink.Condition;
import dev.twinlog.internal.engine.sync.FailoverGroups;
import dev.twinlog.internal.engine.sync.SeenGroups;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.LogEnds;
import dev.twinlog.spi.LogEnds.OpenTransaction;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Checks before a switchover whether anything speaks against it: all of it at once, and without
 * changing anything. Used once, by one thread.
 */
final class SwitchoverChecks {
  private static final int LOOKS = 4;
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final SwitchoverParts parts;
  private final MoveScope scope;
  private final Asking asking;
  private final Optional<MovableLink> running;
  private final Deadline deadline;
  private final List<String> refusals = new ArrayList<>();

  /**
   * What was found.
   *
   * @param refusals what speaks against it, one sentence each
   * @param seams where the copy would end now
   * @param groups what would become of the groups
   */
  record Found(
      List<String> refusals, Map<TopicPartition, Seam> seams, Map<String, MovedGroup> groups) {}

  /**
   * Creates them.
   *
   * @param running the link, if it runs here
   */
  SwitchoverChecks(
      SwitchoverParts parts,
      MoveScope scope,
      Asking asking,
      Optional<MovableLink> running,
      Deadline deadline) {
    this.parts = parts;
    this.scope = scope;
    this.asking = asking;
    this.running = running;
    this.deadline = deadline;
  }

  /** Runs all. */
  Found run(ReadableStore.Saved saved) {
    Map<TopicPartition, Progress> copied = new TreeMap<>(StoredMove.BY_NAME);
    saved.progress().values().forEach(one -> copied.put(one.source().partition(), one));
    copied.keySet().removeIf(partition -> !scope.includes(partition));
    if (!scope.isWhole() && copied.isEmpty()) {
      refusals.add(
          "the link has copied no topic that topics(…) selects, and that was not moved before");
    }
    if (!scope.isWhole() && parts.options().fencesWriters()) {
      refusals.add(
          "SwitchoverOptions.fenceWriters(true) can't be combined with topics(…) in this version: stop the producers of these topics instead");
    }
    Optional<Map<TopicPartition, Long>> ends = source(copied);
    running.ifPresent(link -> conditions(scope.of(link.partitions())));
    target(copied);
    Map<TopicPartition, Seam> seams = seams(copied, ends.orElse(Map.of()));
    Map<String, MovedGroup> groups =
        ends.isPresent()
            ? question("the consumer groups", () -> groups(saved, known(seams))).orElse(Map.of())
            : Map.of();
    if (parts.options().fencesWriters() && parts.copiesWriteAcls()) {
      refusals.add(
          "SwitchoverOptions.fenceWriters(true) can't be combined with AclSync.writes(COPY): the ACL sync would copy the ACLs that fence the source's writers to the target, where writers are refused then as well. Start the link with AclSync.writes(HOLD_BACK), or stop the producers and switch over without fenceWriters");
    }
    if (parts.options().fencesWriters() && ends.isPresent()) {
      question("the ACLs of the source", this::acls);
    }
    return new Found(List.copyOf(refusals), seams, groups);
  }

  /** Asks; what can't be asked speaks against it. */
  private <T> Optional<T> question(String what, Supplier<T> question) {
    try {
      return Optional.of(question.get());
    } catch (ReplicationException e) {
      refusals.add("%s could not be checked: %s".formatted(what, e.getMessage()));
      return Optional.empty();
    }
  }

  private <T> T await(CompletionStage<T> answer, String what) {
    return deadline.await(answer, what);
  }

  private void refuse(String what, Map<?, String> reasons) {
    if (!reasons.isEmpty()) {
      refusals.add(what.formatted(reasons.size()) + ": " + StoredMove.listed(reasons));
    }
  }

  // The source.

  /** Returns the ends that a reader may see; empty if the source does not answer. */
  private Optional<Map<TopicPartition, Long>> source(Map<TopicPartition, Progress> copied) {
    if (parts.sourceAbilities().logEnds().isEmpty()) {
      refusals.add("the source can't say where its logs end, as KafkaSource does (LogEnds)");
      return Optional.empty();
    }
    try {
      List<SourcePartition> found =
          await(asking.ask(parts.source()::partitions), "listing the partitions of the source")
              .stream()
              .filter(one -> scope.includes(one.partition()))
              .toList();
      uncopied(found, copied);
      if (scope.isWhole()) {
        left(found, copied);
      } else {
        gone(found, copied);
      }
      otherwise(found, copied);
      Set<TopicPartition> partitions = new HashSet<>();
      found.forEach(one -> partitions.add(one.partition()));
      if (partitions.isEmpty()) {
        return Optional.of(Map.of());
      }
      Map<TopicPartition, Long> ends = ends(partitions);
      transactions(partitions);
      return Optional.of(ends);
    } catch (ReplicationException e) {
      refusals.add(
          "the source can't be asked: %s; if it is gone, call failover()"
              .formatted(e.getMessage()));
      return Optional.empty();
    }
  }

  private void uncopied(List<SourcePartition> found, Map<TopicPartition, Progress> copied) {
    Map<TopicPartition, String> missing = new TreeMap<>(StoredMove.BY_NAME);
    for (SourcePartition one : found) {
      Progress progress = copied.get(one.partition());
      if (progress == null) {
        missing.put(one.partition(), "nothing is saved of it");
      } else if (!progress.source().topicId().equals(one.topicId())) {
        missing.put(one.partition(), "its topic was created again since it was copied");
      }
    }
    refuse("%d partitions of the source are not copied", missing);
  }

  /** What the link has copied before, and is not selected or not there any more. */
  private void left(List<SourcePartition> found, Map<TopicPartition, Progress> copied) {
    Map<TopicPartition, Progress> left = new TreeMap<>(StoredMove.BY_NAME);
    left.putAll(copied);
    found.forEach(one -> left.remove(one.partition()));
    Map<TopicPartition, String> unclosed = new TreeMap<>(StoredMove.BY_NAME);
    left.forEach(
        (partition, one) ->
            Cuts.unclosed(one, parts.exactlyOnce()).ifPresent(why -> unclosed.put(partition, why)));
    refuse(Cuts.LEFT_OPEN, unclosed);
  }

  /** What is to be moved, and is not there. */
  private void gone(List<SourcePartition> found, Map<TopicPartition, Progress> copied) {
    Map<TopicPartition, String> gone = new TreeMap<>(StoredMove.BY_NAME);
    copied.keySet().forEach(partition -> gone.put(partition, "its topic is not copied now"));
    found.forEach(one -> gone.remove(one.partition()));
    refuse("%d partitions are not at the source, or not selected by the link", gone);
  }

  /** What was copied otherwise than this description of the link says. */
  private void otherwise(List<SourcePartition> found, Map<TopicPartition, Progress> copied) {
    Map<TopicPartition, String> others = new TreeMap<>(StoredMove.BY_NAME);
    for (SourcePartition one : found) {
      Optional.ofNullable(copied.get(one.partition()))
          .flatMap(parts.mapping()::differsFrom)
          .ifPresent(how -> others.put(one.partition(), how));
    }
    refuse(
        "%d partitions were copied otherwise than this description of the link says, so use that with which the link was run last",
        others);
  }

  private Map<TopicPartition, Long> ends(Set<TopicPartition> partitions) {
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, StartPosition.latest()));
    Map<TopicPartition, Long> ends =
        await(asking.ask(() -> parts.source().resolve(latest)), "asking for the source's ends");
    Map<TopicPartition, String> unknown = new TreeMap<>(StoredMove.BY_NAME);
    for (TopicPartition partition : partitions) {
      if (!ends.containsKey(partition)) {
        unknown.put(partition, "no leader answers");
      }
    }
    refuse("the ends of %d partitions of the source are not known", unknown);
    return ends;
  }

  /** Transactions that are open for longer than the switchover may take don't end meanwhile. */
  private void transactions(Set<TopicPartition> partitions) {
    LogEnds source = parts.sourceAbilities().logEnds().orElseThrow();
    List<OpenTransaction> open =
        await(
            asking.ask(() -> source.describeTransactions(partitions)),
            "listing the open transactions of the source");
    Instant longAgo = parts.time().clock().instant().minus(parts.options().timeout());
    List<String> old =
        open.stream()
            .filter(one -> one.since().map(since -> since.isBefore(longAgo)).orElse(false))
            .map(OpenTransaction::toString)
            .toList();
    if (!old.isEmpty()) {
      refusals.add(
          "%d transactions are open at the source for longer than the timeout of %s; abort them first, as kafka-transactions.sh does, the first: %s"
              .formatted(old.size(), parts.options().timeout(), old.get(0)));
    }
  }

  // The link and its target.

  private void conditions(Map<TopicPartition, Condition> conditions) {
    Map<TopicPartition, String> unfit = new TreeMap<>(StoredMove.BY_NAME);
    conditions.forEach(
        (partition, condition) -> {
          if (!condition.isFit()) {
            unfit.put(partition, condition.toString());
          }
        });
    refuse("%d partitions are not copied now", unfit);
  }

  private void target(Map<TopicPartition, Progress> copied) {
    Set<TopicPartition> targets = new HashSet<>();
    copied
        .values()
        .forEach(one -> one.routes().forEach(route -> targets.add(route.route().target())));
    if (parts.sink().writable().isEmpty() || targets.isEmpty()) {
      return;
    }
    question(
            "the target",
            () ->
                await(
                    asking.ask(() -> parts.sink().writable().get().unwritable(targets)),
                    "describing the partitions of the target"))
        .ifPresent(
            found -> {
              Map<TopicPartition, String> unwritable = new TreeMap<>(StoredMove.BY_NAME);
              unwritable.putAll(found);
              refuse("%d partitions of the target can't be written", unwritable);
            });
  }

  private Map<TopicPartition, Seam> seams(
      Map<TopicPartition, Progress> copied, Map<TopicPartition, Long> ends) {
    long now = parts.time().clock().millis();
    Map<TopicPartition, Seam> seams = new TreeMap<>(StoredMove.BY_NAME);
    copied.forEach(
        (partition, progress) -> {
          Long end = ends.get(partition);
          Contact contact = end == null ? Contact.NONE : new Contact(end, now, Seam.UNKNOWN);
          seams.put(partition, Cuts.seam(progress, contact, false));
        });
    return seams;
  }

  /** Those of partitions that the source has, and the link copies. */
  private static Map<TopicPartition, Seam> known(Map<TopicPartition, Seam> seams) {
    Map<TopicPartition, Seam> known = new HashMap<>(seams);
    known.values().removeIf(seam -> seam.last().end() == Seam.UNKNOWN);
    return known;
  }

  // Groups.

  private Map<String, MovedGroup> groups(
      ReadableStore.Saved saved, Map<TopicPartition, Seam> seams) {
    if (!parts.groupSync().isOn()
        || parts.sourceAbilities().groups().isEmpty()
        || parts.sink().groups().isEmpty()) {
      return Map.of();
    }
    SeenGroups seen =
        await(
            asking.askSyncs(
                () ->
                    SeenGroups.of(
                        parts.sourceAbilities().groups().get(),
                        parts.groupSync(),
                        seams::containsKey)),
            "reading the groups of the source");
    refuse("the source does not show %d groups", seen.unknown());
    Map<String, MovedGroup> planned = new TreeMap<>();
    if (!seen.positions().isEmpty()) {
      planned.putAll(running.isPresent() ? shown(running.get()) : planned(saved, seams, seen));
      planned.keySet().retainAll(seen.positions().keySet());
    }
    if (!parts.options().allowsActiveGroups()) {
      Map<String, String> active = new TreeMap<>();
      seen.members().forEach((group, count) -> active.put(group, count + " members"));
      refuse("%d groups are in use at the source", active);
    }
    for (GroupState state : GroupState.values()) {
      held(planned, state);
    }
    return planned;
  }

  private void held(Map<String, MovedGroup> planned, GroupState state) {
    if (!Cuts.isDoubt(state, parts.options())) {
      return;
    }
    Map<String, String> held = new TreeMap<>();
    planned.forEach(
        (group, move) -> {
          if (move.state().equals(state.name())) {
            held.put(group, move.reason());
          }
        });
    refuse("%d groups are " + state + " in the target", held);
  }

  /** As the link, which knows better than what it has saved, has just compared them. */
  private Map<String, MovedGroup> shown(MovableLink link) {
    Map<String, MovedGroup> groups = new TreeMap<>();
    await(link.syncGroups(), "comparing groups with the target")
        .forEach((id, view) -> groups.put(id, Cuts.group(view)));
    return groups;
  }

  /**
   * By what is saved. An owner that writes groups meanwhile saves the reasons for that later: what
   * looks as if others had written it is compared again.
   */
  private Map<String, MovedGroup> planned(
      ReadableStore.Saved saved, Map<TopicPartition, Seam> seams, SeenGroups seen) {
    Map<String, MovedGroup> planned = plannedBy(saved, seams, seen);
    for (int left = LOOKS;
        left > 0 && planned.values().stream().anyMatch(SwitchoverChecks::isLocal);
        left--) {
      deadline.pause(BETWEEN_LOOKS);
      planned = plannedBy(parts.saved().get(), seams, seen);
    }
    return planned;
  }

  private static boolean isLocal(MovedGroup group) {
    return group.state().equals(GroupState.LOCAL.name());
  }

  private Map<String, MovedGroup> plannedBy(
      ReadableStore.Saved saved, Map<TopicPartition, Seam> seams, SeenGroups seen) {
    Map<TopicPartition, Long> mapped = new HashMap<>();
    seams.forEach((partition, seam) -> mapped.put(partition, seam.sourceCut()));
    Map<TopicPartition, String> untranslatable = new HashMap<>();
    if (!parts.exactlyOnce()) {
      seams.keySet().forEach(each -> untranslatable.put(each, Failover.AT_LEAST_ONCE_GROUPS));
    }
    return new FailoverGroups(
            new FailoverGroups.Parts(
                parts.link(),
                parts.sink().groups().orElseThrow(),
                saved.groups(),
                Optional.empty(),
                parts.translator(),
                OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, saved.chunks()).history(),
                parts.groupSync(),
                seams,
                mapped,
                untranslatable,
                parts.sink().cluster(),
                parts.time()),
            seen.positions(),
            seen.shareGroups())
        .planned();
  }

  // The fence of writers.

  private boolean acls() {
    Optional<AclStore> source = parts.sourceAbilities().acls();
    if (source.isEmpty()) {
      refusals.add("the source keeps no ACLs, so its writers can't be fenced");
      return false;
    }
    Acls found =
        await(
            asking.askSyncs(() -> source.get().acls(Set.of(AclEntry.Kind.TOPIC))),
            "listing the ACLs of the source");
    if (found instanceof Acls.Unavailable unavailable) {
      refusals.add("the writers of the source can't be fenced: " + unavailable.reason());
      return false;
    }
    Optional<String> unalterable =
        await(asking.askSyncs(source.get()::unalterable), "asking which ACLs may be changed");
    unalterable.ifPresent(why -> refusals.add("the writers of the source can't be fenced: " + why));
    return true;
  }
}
