package dev.twinlog.internal.engine.sync;

import dev.twinlog.ConfigSync;
import dev.twinlog.SyncChange;
import dev.twinlog.internal.control.ConfigPlan;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.sync.CopiedConfigs.Outcome;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
import dev.twinlog.spi.ConfigSink;
import dev.twinlog.spi.ConfigSource;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicConfigs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the configs of target topics in step with those of their source topics: describes both
 * sides with one call each, and changes what differs. Confined to the control thread, except what a
 * method says the calls do.
 */
public final class ConfigDuty implements PlannedDuty {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigDuty.class);

  private final Link link;
  private final ConfigSource source;
  private final ConfigSink sink;
  private final Topics topics;
  private final CopiedConfigs copied;
  private final ConfigSync sync;

  /** What describes and changes configs. */
  public record Sides(ConfigSource source, ConfigSink sink) {}

  /**
   * The topics. Both are called on the control thread.
   *
   * @param copied those that are copied, one for each target topic
   * @param targets the target topics of all topics of the link, also of those that are not copied
   *     now
   */
  public record Topics(Supplier<List<CopiedTopic>> copied, Supplier<Set<String>> targets) {}

  /** By source topic, the configs that it had itself when they were last described. Calls. */
  private final Map<String, Map<String, String>> before = new HashMap<>();

  /** A topic and its copy, and what would make them the same. */
  private record Compared(ConfigPlan.Topics topics, ConfigPlan plan) {}

  /** The changes that were made, the notes, and what is to be tried again. */
  private static final class Result {
    final Map<CopiedTopic, Map<String, Optional<String>>> made = new LinkedHashMap<>();
    final Map<String, List<String>> notes = new TreeMap<>();
    Optional<ReplicationException> retried = Optional.empty();

    void note(String target, String note) {
      notes.computeIfAbsent(target, any -> new ArrayList<>()).add(note);
    }

    void made(CopiedTopic topic, Map<String, Optional<String>> changes) {
      made.computeIfAbsent(topic, any -> new TreeMap<>()).putAll(changes);
    }
  }

  /**
   * Creates the duty.
   *
   * @param copied what the link has set
   */
  public ConfigDuty(Link link, Sides sides, Topics topics, CopiedConfigs copied) {
    this.link = link;
    this.source = sides.source();
    this.sink = sides.sink();
    this.topics = topics;
    this.copied = copied;
    this.sync = link.settings().get(LinkOptions.TOPIC_SYNC).configs();
  }

  @Override
  public String name() {
    return "config sync";
  }

  @Override
  public Duration interval() {
    return sync.interval();
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    // while a side is away, its absence is reported by others
    boolean reachable = link.isReachable();
    if (!reachable) {
      return Optional.empty();
    }
    List<CopiedTopic> all = topics.copied().get();
    Set<String> left = copied.names(Kind.TOPIC);
    left.removeAll(topics.targets().get());
    if (all.isEmpty() && left.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        () -> {
          Result result = run(all, left);
          return () -> report(result);
        });
  }

  @Override
  public Optional<Supplier<PlannedChanges>> preparePlan() {
    List<CopiedTopic> all = topics.copied().get();
    return all.isEmpty() ? Optional.empty() : Optional.of(() -> planned(all));
  }

  /** Says what a run would change. Calls. */
  private PlannedChanges planned(List<CopiedTopic> all) {
    Map<CopiedTopic, Compared> compared = compare(all, describeTargets(all, Set.of()));
    Result result = new Result();
    List<Change> planned = new ArrayList<>();
    changes(compared, result)
        .forEach(
            (topic, changes) -> {
              Compared both = Objects.requireNonNull(compared.get(topic));
              new TreeMap<>(changes)
                  .forEach(
                      (config, value) ->
                          planned.add(
                              new Change(
                                  SyncChange.Kind.CHANGE_CONFIG,
                                  topic.target() + " " + config,
                                  Optional.ofNullable(both.topics().targetNow().own().get(config)),
                                  value)));
            });
    return PlannedChanges.of(planned, result.notes);
  }

  /**
   * Calls.
   *
   * @param left the target topics on which the link has set configs, and which it no longer has
   */
  private Result run(List<CopiedTopic> all, Set<String> left) {
    Map<String, TopicConfigs> targets = describeTargets(all, left);
    Map<CopiedTopic, Compared> compared = compare(all, targets);
    compared.forEach((topic, both) -> remember(topic.source(), both));
    settle(compared);
    forgetGone(left, targets);
    before
        .keySet()
        .retainAll(link.allFigures().keySet().stream().map(TopicPartition::topic).toList());
    Result result = new Result();
    apply(changes(compared, result), result);
    return result;
  }

  /** The changes that this link is to make, and notes of what it leaves as it is. Calls. */
  private Map<CopiedTopic, Map<String, Optional<String>>> changes(
      Map<CopiedTopic, Compared> compared, Result result) {
    Map<CopiedTopic, Map<String, Optional<String>>> changes = new LinkedHashMap<>();
    compared.forEach(
        (topic, both) -> {
          both.plan().notes().forEach(note -> result.note(topic.target(), note));
          if (!both.plan().changes().isEmpty()) {
            changes.put(topic, both.plan().changes());
          }
        });
    if (!changes.isEmpty()) {
      leaveShared(changes, result);
    }
    return changes;
  }

  /** Compares the configs of both sides, and changes nothing. Calls. */
  private Map<CopiedTopic, Compared> compare(
      List<CopiedTopic> all, Map<String, TopicConfigs> targets) {
    Map<String, TopicConfigs> sources =
        source.describeConfigs(all.stream().map(CopiedTopic::source).distinct().toList());
    Map<String, Integer> factors = replicationFactors(all, sources, targets);
    Map<CopiedTopic, Compared> compared = new LinkedHashMap<>();
    for (CopiedTopic topic : all) {
      TopicConfigs from = sources.get(topic.source());
      TopicConfigs to = targets.get(topic.target());
      if (from != null && to != null) {
        Integer factor = factors.get(topic.target());
        Map<String, String> earlier = before.getOrDefault(topic.source(), Map.of());
        ConfigPlan.Topics both =
            new ConfigPlan.Topics(
                topic.source(),
                topic.target(),
                from,
                to,
                earlier,
                copied.of(Kind.TOPIC, topic.target()),
                factor == null ? OptionalInt.empty() : OptionalInt.of(factor));
        compared.put(topic, new Compared(both, ConfigPlan.of(both, sync)));
      }
    }
    return compared;
  }

  /** Calls. */
  private Map<String, TopicConfigs> describeTargets(List<CopiedTopic> all, Set<String> left) {
    Set<String> asked = new TreeSet<>(left);
    all.forEach(topic -> asked.add(topic.target()));
    return sink.describeConfigs(asked);
  }

  /** Asks only where it matters. Calls. */
  private Map<String, Integer> replicationFactors(
      List<CopiedTopic> all, Map<String, TopicConfigs> sources, Map<String, TopicConfigs> targets) {
    List<String> asked = new ArrayList<>();
    for (CopiedTopic topic : all) {
      TopicConfigs from = sources.get(topic.source());
      TopicConfigs to = targets.get(topic.target());
      if (from != null && to != null && ConfigPlan.needsReplicationFactor(from, to, sync)) {
        asked.add(topic.target());
      }
    }
    return asked.isEmpty() ? Map.of() : sink.replicationFactors(asked);
  }

  /** What is to be removed is remembered until it is, which may take several runs. Calls. */
  private void remember(String topic, Compared both) {
    if (both.topics().sourceNow().isHidden()) {
      return;
    }
    Map<String, String> earlier = before.getOrDefault(topic, Map.of());
    Map<String, String> known = new HashMap<>(both.topics().sourceNow().own());
    both.plan()
        .changes()
        .forEach(
            (config, value) -> {
              String had = earlier.get(config);
              if (value.isEmpty() && had != null) {
                known.put(config, had);
              }
            });
    before.put(topic, known);
  }

  /** Forgets what others have replaced. Calls. */
  private void settle(Map<CopiedTopic, Compared> compared) {
    Map<String, Map<String, String>> ours = new HashMap<>();
    compared.forEach(
        (topic, both) ->
            both.topics().ours().ifPresent(configs -> ours.put(topic.target(), configs)));
    copied.replace(Kind.TOPIC, ours);
  }

  /**
   * Forgets topics that the link no longer has and that do not exist: one that still exists may
   * come back to the link, which must then know what it has set. Calls.
   */
  private void forgetGone(Set<String> left, Map<String, TopicConfigs> targets) {
    Map<String, Map<String, String>> gone = new HashMap<>();
    left.stream()
        .filter(topic -> !targets.containsKey(topic))
        .forEach(topic -> gone.put(topic, Map.of()));
    copied.replace(Kind.TOPIC, gone);
  }

  /** Two links that copy different configs to one topic would change them for ever. Calls. */
  private void leaveShared(Map<CopiedTopic, Map<String, Optional<String>>> changes, Result result) {
    Map<String, String> others = SharedTopics.of(link);
    changes
        .keySet()
        .removeIf(
            topic -> {
              String other = others.get(topic.target());
              if (other != null) {
                result.note(
                    topic.target(),
                    "its configs are not kept in step, since link %s copies to it as well"
                        .formatted(other));
              }
              return other != null;
            });
  }

  /** Makes all changes at once, and those that are refused one by one. Calls. */
  private void apply(Map<CopiedTopic, Map<String, Optional<String>>> changes, Result result) {
    Map<CopiedTopic, Map<String, Optional<String>>> refused = alter(changes, result, false);
    int most = refused.values().stream().mapToInt(Map::size).max().orElse(0);
    for (int round = 0; round < most; round++) {
      Map<CopiedTopic, Map<String, Optional<String>>> single = new LinkedHashMap<>();
      for (var each : refused.entrySet()) {
        List<String> configs = each.getValue().keySet().stream().sorted().toList();
        if (round < configs.size()) {
          String config = configs.get(round);
          Optional<String> value = each.getValue().getOrDefault(config, Optional.empty());
          single.put(each.getKey(), Map.of(config, value));
        }
      }
      alter(single, result, true);
    }
  }

  /**
   * Changes configs, and returns the changes that are to be tried one by one. Calls.
   *
   * @param last whether nothing is tried again in this run
   */
  private Map<CopiedTopic, Map<String, Optional<String>>> alter(
      Map<CopiedTopic, Map<String, Optional<String>>> changes, Result result, boolean last) {
    Map<CopiedTopic, Map<String, Optional<String>>> again = new LinkedHashMap<>();
    if (changes.isEmpty()) {
      return again;
    }
    if (!link.context().lease().holds()) {
      throw new RetriableException(
          "configs of target topics are changed again when the ownership of the link is proved");
    }
    Map<String, Map<String, Optional<String>>> asked = new HashMap<>();
    changes.forEach((topic, configs) -> asked.put(topic.target(), configs));
    Map<String, Optional<ReplicationException>> answers = new HashMap<>();
    copied.change(
        Kind.TOPIC,
        asked,
        () -> {
          answers.putAll(sink.alterConfigs(asked, false));
          return outcomes(answers);
        });
    changes.forEach(
        (topic, configs) -> {
          Optional<ReplicationException> refusal =
              answers.getOrDefault(
                  topic.target(),
                  Optional.of(new RetriableException("no answer about topic " + topic.target())));
          if (refusal.isEmpty()) {
            result.made(topic, configs);
          } else if (refusal.get() instanceof RetriableException) {
            result.retried = result.retried.or(() -> refusal);
          } else if (last || configs.size() == 1) {
            result.note(topic.target(), note(configs, refusal.get()));
          } else {
            again.put(topic, configs);
          }
        });
    return again;
  }

  private static Map<String, Outcome> outcomes(
      Map<String, Optional<ReplicationException>> answers) {
    Map<String, Outcome> outcomes = new HashMap<>();
    answers.forEach(
        (topic, refusal) ->
            outcomes.put(
                topic,
                refusal
                    .map(
                        why ->
                            why instanceof RetriableException ? Outcome.UNKNOWN : Outcome.REFUSED)
                    .orElse(Outcome.MADE)));
    return outcomes;
  }

  private static String note(Map<String, Optional<String>> configs, ReplicationException refusal) {
    String what =
        new TreeMap<>(configs)
            .entrySet().stream()
                .map(
                    change ->
                        change.getValue().isPresent()
                            ? "%s=%s is not set".formatted(change.getKey(), change.getValue().get())
                            : "%s is not removed".formatted(change.getKey()))
                .collect(Collectors.joining(", "));
    return what + ": " + refusal.getMessage();
  }

  private void report(Result result) {
    link.publishNotes(name(), result.notes);
    result.made.forEach(
        (topic, changes) -> {
          LOG.info("link {}: changed configs of {}: {}", link.name(), topic.target(), changes);
          link.metrics().configsChanged(topic.source(), changes.size());
          Map<String, Optional<String>> all = Map.copyOf(changes);
          link.events().post(listener -> listener.configsChanged(topic.target(), all));
        });
    result.retried.ifPresent(
        cause -> {
          throw cause;
        });
  }
}
