package dev.twinlog.tools;

import dev.twinlog.CloseableIterator;
import dev.twinlog.Divergence;
import dev.twinlog.LinkState;
import dev.twinlog.OnDivergence;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.TopicPartition;

/** The commands for the way back: {@code divergence} and {@code reverse}. */
final class ReverseCommands {
  static final List<String> SIDES = List.of("target", "source");
  static final List<String> OF_DIVERGENCE = List.of("--topic", "--partition");
  static final List<String> OF_REVERSE =
      List.of("--config", "--name", "--on-divergence", "--copy-all", "--actor");
  static final Set<String> FLAGS = Set.of("--dry-run", "--run", "--accept-unproved-seams");

  private final PrintStream out;
  private final PrintStream errors;

  ReverseCommands(PrintStream out, PrintStream errors) {
    this.out = out;
    this.errors = errors;
  }

  int divergence(ToolArguments given, boolean json) {
    if (given.find("--topic").isEmpty() && given.find("--partition").isPresent()) {
      throw ToolArguments.problem("--partition needs --topic as well");
    }
    Optional<TopicPartition> partition =
        given
            .find("--topic")
            .map(topic -> new TopicPartition(topic, Math.toIntExact(given.number("--partition"))));
    Divergence found =
        KafkaLinks.divergence(
            given.cluster("source"), given.cluster("target"), given.get("--link"));
    if (partition.isPresent()) {
      return records(found, partition.get());
    }
    out.println(json ? Json.of(ReverseJson.of(found)) : found);
    boolean certain =
        found.partitions().values().stream().allMatch(range -> range.problem().isEmpty());
    return found.records() == 0 && certain ? LinkTool.DONE : LinkTool.LOOK;
  }

  /** Hands over the records of a partition, one line of JSON each. */
  private int records(Divergence found, TopicPartition partition) {
    if (!found.partitions().containsKey(partition)) {
      throw ToolArguments.problem(
          "%s is not a partition of the link, but these are: %s"
              .formatted(partition, found.partitions().keySet()));
    }
    try (CloseableIterator<ReplicationRecord> records = found.records(partition)) {
      records.forEachRemaining(record -> out.println(Json.of(ReverseJson.of(record))));
    }
    return LinkTool.DONE;
  }

  /** The link that was moved, by its name and clusters, or by the description of its service. */
  private interface Moved {
    ReverseReport reversal(ReverseOptions options);

    Replicator.Builder reverse(ReverseOptions options);
  }

  int reverse(ToolArguments given, boolean json) {
    if (given.find("--config").isEmpty()) {
      return reverse(given, named(given), json);
    }
    given.refuseBeside("--config", ToolArguments.ofLink(SIDES));
    try (Replicator link = Replicator.fromProperties(given.properties("--config")).build()) {
      return reverse(given, described(link), json);
    }
  }

  private static Moved named(ToolArguments given) {
    KafkaCluster source = given.cluster("source");
    KafkaCluster target = given.cluster("target");
    String link = given.get("--link");
    return new Moved() {
      @Override
      public ReverseReport reversal(ReverseOptions options) {
        return KafkaLinks.reversal(source, target, link, options);
      }

      @Override
      public Replicator.Builder reverse(ReverseOptions options) {
        return KafkaLinks.reverse(source, target, link, options);
      }
    };
  }

  /** Its reverse keeps the settings that fit the other direction. */
  private static Moved described(Replicator link) {
    return new Moved() {
      @Override
      public ReverseReport reversal(ReverseOptions options) {
        return link.reversal(options);
      }

      @Override
      public Replicator.Builder reverse(ReverseOptions options) {
        return link.reverse(options);
      }
    };
  }

  private int reverse(ToolArguments given, Moved link, boolean json) {
    ReverseOptions options = options(given);
    if (given.has("--dry-run")) {
      return print(link.reversal(options), json);
    }
    Replicator.Builder back;
    try {
      back = link.reverse(options);
    } catch (RetriableException e) {
      throw e;
    } catch (ReplicationException e) {
      ReverseReport refused = link.reversal(options);
      if (refused.refusals().isEmpty()) {
        throw e;
      }
      return print(refused, json);
    }
    int status = print(link.reversal(options), json);
    return given.has("--run") ? run(back) : status;
  }

  private ReverseOptions options(ToolArguments given) {
    ReverseOptions options = ReverseOptions.defaults().onProgress(errors::println);
    Optional<String> name = given.find("--name");
    options = name.isPresent() ? options.link(name.get()) : options;
    Optional<String> actor = given.find("--actor");
    options = actor.isPresent() ? options.actor(actor.get()) : options;
    Optional<String> all = given.find("--copy-all");
    options = all.isPresent() ? options.copyAll(TopicSelector.matching(all.get())) : options;
    options = given.has("--accept-unproved-seams") ? options.acceptUnprovedSeams() : options;
    return options.onDivergence(onDivergence(given.find("--on-divergence")));
  }

  private static OnDivergence onDivergence(Optional<String> given) {
    if (given.isEmpty()) {
      return OnDivergence.REFUSE;
    }
    return Arrays.stream(OnDivergence.values())
        .filter(one -> one.name().equalsIgnoreCase(given.get()))
        .findFirst()
        .orElseThrow(
            () ->
                ToolArguments.problem(
                    "--on-divergence was '%s' but must be refuse, keep or resend"
                        .formatted(given.get())));
  }

  private int print(ReverseReport report, boolean json) {
    out.println(json ? Json.of(ReverseJson.of(report)) : report);
    return LinkTool.status(report);
  }

  /** Runs the reverse link until it ends, or the process does. */
  private int run(Replicator.Builder back) {
    CountDownLatch ended = new CountDownLatch(1);
    Replicator replicator =
        back.onEvent(
                new ReplicationListener() {
                  @Override
                  public void linkStateChanged(LinkState from, LinkState to, String reason) {
                    errors.println("link is " + to + ": " + reason);
                    if (to.isFinal()) {
                      ended.countDown();
                    }
                  }
                })
            .build();
    try (replicator) {
      Runtime.getRuntime().addShutdownHook(new Thread(replicator::close, "twinlog-tool-close"));
      replicator.start();
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return replicator.status().state() == LinkState.MOVED ? LinkTool.DONE : LinkTool.REPEAT;
  }
}
