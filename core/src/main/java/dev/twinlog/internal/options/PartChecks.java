package dev.twinlog.internal.options;

import dev.twinlog.DeletedTopic;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.TopicSync;
import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.internal.names.TopicName;
import dev.twinlog.spi.NamedCluster;
import java.util.Optional;
import java.util.function.Consumer;

/** What options need from the source and the sink. */
final class PartChecks {
  private static final String OWN_TOPICS = "twinlog.";

  private PartChecks() {}

  /** Progress is kept by the sink or by a store. */
  static void progressStore(LinkSettings settings, Consumer<String> problems) {
    if (settings.find(LinkOptions.PROGRESS_STORE).isEmpty()
        && settings.sinkAbilities().state().isEmpty()) {
      problems.accept(
          "progressStore was not given, but sink "
              + sink(settings)
              + " keeps no progress itself: give one, FileProgressStore.at(directory) for instance");
    }
  }

  /** Only a sink that can recover writes each record once. */
  static void guarantee(LinkSettings settings, Consumer<String> problems) {
    if (settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE
        && settings.sinkAbilities().recovery().isEmpty()) {
      problems.accept(
          "deliveryGuarantee was EXACTLY_ONCE, but sink "
              + sink(settings)
              + " can't recover: leave it out or ask for AT_LEAST_ONCE");
    }
  }

  /** Removing what the source has removed needs both sides. */
  static void removals(LinkSettings settings, Consumer<String> problems) {
    if (settings.find(LinkOptions.SOURCE).isEmpty()) {
      return;
    }
    TopicSync sync = settings.get(LinkOptions.TOPIC_SYNC);
    SourceAbilities from = settings.sourceAbilities();
    SinkAbilities to = settings.sinkAbilities();
    boolean trims = from.removals().isPresent() && to.removals().isPresent();
    boolean deletes = trims && from.cluster().isPresent() && to.cluster().isPresent();
    String parts =
        "source %s and sink %s can't both"
            .formatted(settings.source().getClass().getSimpleName(), sink(settings));
    if (sync.onDelete() == DeletedTopic.DELETE && !deletes) {
      problems.accept(
          "topicSync was onDelete(DELETE), but %s prove that a topic was deleted, and delete its copy"
              .formatted(parts));
    }
    if (sync.trims() && !trims) {
      problems.accept(
          "topicSync was trimming(true), but %s say what was deleted, and delete records"
              .formatted(parts));
    }
  }

  /** MirrorMaker's topics are written for Kafka clusters. */
  static void mirrorMakerTopics(LinkSettings settings, Consumer<String> problems) {
    if (settings.find(LinkOptions.SOURCE).isEmpty()
        || !settings.get(LinkOptions.MIRROR_MAKER_TOPICS).isOn()) {
      return;
    }
    SinkAbilities sink = settings.sinkAbilities();
    Optional<NamedCluster> cluster = settings.sourceAbilities().name();
    if (cluster.isEmpty() || sink.name().isEmpty() || sink.compacted().isEmpty()) {
      problems.accept(
          "mirrorMakerTopics was given, but needs a Kafka cluster on both sides: leave it out");
    } else if (!TopicName.isPart(cluster.get().alias())) {
      problems.accept(
          "mirrorMakerTopics was given, but the source's alias %s can't begin the name of a topic: use the characters %s"
              .formatted(cluster.get().alias(), TopicName.CHARACTERS));
    }
  }

  /** Dead letters are read again from the source, and are no part of the copy. */
  static void deadLetters(LinkSettings settings, Consumer<String> problems) {
    Optional<String> given = settings.get(LinkOptions.DEAD_LETTERS).topic();
    if (given.isEmpty()) {
      return;
    }
    String topic = given.get();
    if (!TopicName.isValid(topic) || topic.startsWith(OWN_TOPICS)) {
      problems.accept(
          "deadLetters was to \"%s\", but a topic's name has 1 to 249 characters of %s and is not . or .., and those that begin with %s are the links' own"
              .formatted(topic, TopicName.CHARACTERS, OWN_TOPICS));
      return;
    }
    if (settings.find(LinkOptions.SOURCE).isPresent()) {
      SourceAbilities from = settings.sourceAbilities();
      if (from.logs().isEmpty()) {
        problems.accept(
            "deadLetters was given, but source %s can't be read beside the link: it does not implement ReadableLogs"
                .formatted(settings.source().getClass().getSimpleName()));
      }
      if (from.changeableSelection().map(selected -> selected.selects(topic)).orElse(false)) {
        problems.accept(selectsDeadLetters(topic));
      }
    }
    if (settings.find(LinkOptions.SINK).isPresent()
        && settings.sinkAbilities().deadLetters().isEmpty()) {
      problems.accept(
          "deadLetters was given, but sink %s does not implement DeadLetterSink"
              .formatted(sink(settings)));
    }
  }

  /** Why a selection of topics is refused that has the dead-letter topic. */
  static String selectsDeadLetters(String topic) {
    return "the source selects topic %s, which is the topic for dead letters of the link: exclude it from the selection, or choose another name"
        .formatted(topic);
  }

  /** Verifying reads both logs, for which a time is given. */
  static void verifying(LinkSettings settings, Consumer<String> problems) {
    VerifyOptions options = settings.get(LinkOptions.VERIFYING);
    if (options.perPass().isEmpty()) {
      if (options != VerifyOptions.defaults()) {
        problems.accept(
            "verifying was \"%s\", but it must say how long a pass takes: add continuous(Duration)"
                .formatted(options));
      }
    } else if (settings.find(LinkOptions.SOURCE).isPresent()) {
      if (settings.sourceAbilities().logs().isEmpty()) {
        problems.accept(unreadable("source", settings.source()));
      }
      if (settings.sinkAbilities().logs().isEmpty()) {
        problems.accept(unreadable("sink", settings.sink()));
      }
    }
  }

  private static String unreadable(String role, Object part) {
    return "verifying was given, but %s %s can't be read back: it does not implement ReadableLogs"
        .formatted(role, part.getClass().getSimpleName());
  }

  private static String sink(LinkSettings settings) {
    return settings.sink().getClass().getSimpleName();
  }
}
