package dev.twinlog.internal.engine;

import dev.twinlog.AclSync;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.sync.AclDuty;
import dev.twinlog.internal.engine.sync.ConfigDuty;
import dev.twinlog.internal.engine.sync.CopiedConfigs;
import dev.twinlog.internal.engine.sync.CopiedNames;
import dev.twinlog.internal.engine.sync.CopiedTopic;
import dev.twinlog.internal.engine.sync.HeldWrites;
import dev.twinlog.internal.engine.sync.SavedGroups;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.TopicSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Says what a link would change that does not run here: asks both clusters, reads what the link has
 * saved, and neither takes it over nor changes anything. Used once; calls.
 */
final class OfflinePlan {
  private static final String NOT_KNOWN =
      "the link does not run here: what it would take back that it has set or created before, what it would delete, and what it would set on topics that don't exist yet is not part of this plan";

  private final Link link;
  private final LinkSettings settings;
  private final TopicAdmission admission;
  private final List<PlannedChanges.Change> changes = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  OfflinePlan(Link link, TopicAdmission admission) {
    this.link = link;
    this.settings = link.settings();
    this.admission = admission;
  }

  PlannedChanges run() {
    List<SourcePartition> partitions = settings.source().partitions();
    Map<String, Integer> counts = new HashMap<>();
    partitions.forEach(one -> counts.merge(one.partition().topic(), 1, Integer::sum));
    add(Discovery.planned(admission.plan(counts)));
    Map<String, String> topics = targets(counts);
    configs(counts, topics);
    acls(topics);
    groups();
    notes.add(NOT_KNOWN);
    return new PlannedChanges(changes, notes);
  }

  private void add(PlannedChanges planned) {
    changes.addAll(planned.changes());
    notes.addAll(planned.notes());
  }

  private void add(PlannedDuty duty) {
    Optional<Supplier<PlannedChanges>> question = duty.preparePlan();
    try {
      question.ifPresent(plan -> add(plan.get()));
    } catch (ReplicationException e) {
      notes.add("%s can't be planned now: %s".formatted(duty.name(), e.getMessage()));
    }
  }

  /** The target topics that exist, by source topic. */
  private Map<String, String> targets(Map<String, Integer> counts) {
    Map<String, String> topics = new TreeMap<>();
    for (String topic : counts.keySet()) {
      try {
        topics.put(topic, admission.targetTopic(topic));
      } catch (PartitionFailedException e) {
        notes.add("topic %s is not copied: %s".formatted(topic, e.getMessage()));
      }
    }
    Optional<TopicSink> sink = settings.sinkAbilities().topics();
    if (sink.isPresent() && !topics.isEmpty()) {
      topics.values().retainAll(sink.get().describeTopics(new TreeSet<>(topics.values())).keySet());
    }
    return topics;
  }

  private void configs(Map<String, Integer> counts, Map<String, String> topics) {
    SourceAbilities source = settings.sourceAbilities();
    SinkAbilities sink = settings.sinkAbilities();
    boolean on = settings.get(LinkOptions.TOPIC_SYNC).configs().isOn();
    if (on && source.configs().isPresent() && sink.configs().isPresent()) {
      Map<String, CopiedTopic> copied = new TreeMap<>();
      topics.forEach(
          (from, to) ->
              copied.merge(
                  to, new CopiedTopic(from, to), (one, other) -> larger(one, other, counts)));
      add(
          new ConfigDuty(
              link,
              new ConfigDuty.Sides(source.configs().get(), sink.configs().get()),
              new ConfigDuty.Topics(() -> List.copyOf(copied.values()), copied::keySet),
              new CopiedConfigs(Optional.empty())));
    }
  }

  private static CopiedTopic larger(
      CopiedTopic one, CopiedTopic other, Map<String, Integer> counts) {
    return counts.getOrDefault(other.source(), 0) > counts.getOrDefault(one.source(), 0)
        ? other
        : one;
  }

  private void acls(Map<String, String> topics) {
    AclSync acls = settings.get(LinkOptions.TOPIC_SYNC).acls();
    SourceAbilities source = settings.sourceAbilities();
    if (acls.isOn() && source.acls().isPresent() && settings.sinkAbilities().acls().isPresent()) {
      CopiedNames names = new CopiedNames(source.clusterId(), topics);
      add(
          new AclDuty(
              link,
              source.acls().get(),
              settings.sinkAbilities().acls().get(),
              () -> names,
              Optional.empty(),
              new HeldWrites(Optional.empty(), List.of())));
    }
  }

  private void groups() {
    Optional<StatefulSink> state = settings.sinkAbilities().state();
    Optional<GroupStore> source = settings.sourceAbilities().groups();
    Optional<GroupStore> target = settings.sinkAbilities().groups();
    if (!link.groupOptions().isOn() || source.isEmpty() || target.isEmpty()) {
      return;
    }
    if (state.isEmpty() || settings.find(LinkOptions.PROGRESS_STORE).isPresent()) {
      notes.add("groups can't be planned: the link keeps its progress in a store of its own");
      return;
    }
    OfflineContext context = new OfflineContext(link.name(), settings.get(LinkOptions.CLOCK));
    try (ProgressStore store = state.get().openProgressStore(context)) {
      if (store instanceof ReadableStore readable && readable.exists()) {
        add(SavedGroups.planned(link, readable.read(), source.get(), target.get()));
      } else {
        notes.add("groups can't be planned yet: the link has copied nothing so far");
      }
    } catch (ReplicationException e) {
      notes.add("groups can't be planned now: " + e.getMessage());
    }
  }
}
