package dev.twinlog.benchmarks.versus;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the command line asks for. */
final class Options {
  static final String USAGE =
      """
      java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.Versus [option…]

        --quick                small topics, few workloads, one round: under five minutes on two cores
        --workloads a,b,…      only these, of: %s
        --contenders a,b,…     only these, of: %s
        --baseline JAR         also run batches from another build's benchmarks.jar, as %s
        --runs N               rounds; 3, or 1 with --quick
        --heap SIZE            -Xmx of every contender's JVM; 1g
        --limit SECONDS        how long a run may take; 600, or 120 with --quick
        --json FILE            write everything there, too
        --list                 only say what would run
      """
          .formatted(
              names(Workloads.all(), Workload::name),
              names(Contenders.all(), Contender::name),
              Contenders.BASELINE);

  private static final int ROUNDS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration QUICK_LIMIT = Duration.ofMinutes(2);

  private boolean quick;
  private boolean listOnly;
  private boolean help;
  private int rounds;
  private String heap = "1g";
  private Optional<Duration> limit = Optional.empty();
  private Optional<Path> json = Optional.empty();
  private Optional<Path> baseline = Optional.empty();
  private List<String> workloads = List.of();
  private List<String> contenders = Contenders.usual();

  private Options() {}

  /**
   * Reads a command line.
   *
   * @throws IllegalArgumentException with a message for people
   */
  static Options parse(String... args) {
    Options options = new Options();
    Iterator<String> words = Arrays.asList(args).iterator();
    while (words.hasNext()) {
      options.take(words.next(), words);
    }
    return options;
  }

  private void take(String option, Iterator<String> words) {
    switch (option) {
      case "--quick" -> quick = true;
      case "--list" -> listOnly = true;
      case "--help", "-h" -> help = true;
      case "--runs" -> rounds = positive(option, words);
      case "--heap" -> heap = value(option, words);
      case "--limit" -> limit = Optional.of(Duration.ofSeconds(positive(option, words)));
      case "--json" -> json = Optional.of(Path.of(value(option, words)));
      case "--baseline" -> baseline = Optional.of(file(option, words));
      case "--workloads" ->
          workloads = known(option, value(option, words), Workloads.all(), Workload::name);
      case "--contenders" ->
          contenders = known(option, value(option, words), Contenders.all(), Contender::name);
      default -> throw new IllegalArgumentException("unknown option " + option);
    }
  }

  boolean help() {
    return help;
  }

  boolean listOnly() {
    return listOnly;
  }

  boolean quick() {
    return quick;
  }

  int rounds() {
    return rounds > 0 ? rounds : quick ? 1 : ROUNDS;
  }

  String heap() {
    return heap;
  }

  Duration limit() {
    return limit.orElse(quick ? QUICK_LIMIT : LIMIT);
  }

  Optional<Path> json() {
    return json;
  }

  /** In the order in which they run; quick and named ones are the small versions of all. */
  List<Workload> workloads() {
    if (workloads.isEmpty()) {
      return quick ? Workloads.quick() : Workloads.all();
    }
    List<Workload> of = quick ? Workloads.allQuick() : Workloads.all();
    return of.stream().filter(workload -> workloads.contains(workload.name())).toList();
  }

  List<Contender> contenders() {
    Stream<Contender> chosen =
        Contenders.all().stream().filter(contender -> contenders.contains(contender.name()));
    return Stream.concat(chosen, baseline.map(Contenders::baseline).stream()).toList();
  }

  private static <T> List<String> known(
      String option, String value, List<T> all, Function<T, String> name) {
    List<String> chosen = new ArrayList<>(List.of(value.split(",")));
    List<String> wrong = new ArrayList<>(chosen);
    all.forEach(known -> wrong.remove(name.apply(known)));
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(
          option + " knows no " + String.join(", ", wrong) + ", only " + names(all, name));
    }
    return chosen;
  }

  private static <T> String names(List<T> all, Function<T, String> name) {
    return all.stream().map(name).collect(Collectors.joining(", "));
  }

  private static int positive(String option, Iterator<String> words) {
    String value = value(option, words);
    try {
      int number = Integer.parseInt(value);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(option + " was " + value + " but must be a positive number");
  }

  private static Path file(String option, Iterator<String> words) {
    Path file = Path.of(value(option, words));
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(option + " was " + file + ", which can't be read");
    }
    return file.toAbsolutePath();
  }

  private static String value(String option, Iterator<String> words) {
    if (!words.hasNext()) {
      throw new IllegalArgumentException(option + " needs a value");
    }
    return words.next();
  }
}
