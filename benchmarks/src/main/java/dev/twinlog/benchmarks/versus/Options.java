package dev.twinlog.benchmarks.versus;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The command line of {@link dev.twinlog.benchmarks.Versus}. */
@Command(
    synopsisHeading = "",
    customSynopsis =
        "java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.Versus [option…]%n",
    sortOptions = false,
    usageHelpWidth = 110)
final class Options {
  /** One at the end is part of the last name, which is then refused. */
  private static final String COMMA = ",(?!$)";

  private static final int ROUNDS = 3;
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration QUICK_LIMIT = Duration.ofMinutes(2);

  @Option(
      names = "--quick",
      description = "small topics, few workloads, one round: under five minutes on two cores")
  private boolean quick;

  @Option(
      names = "--workloads",
      paramLabel = "a,b,…",
      hideParamSyntax = true,
      split = COMMA,
      converter = WorkloadName.class,
      completionCandidates = WorkloadName.class,
      description = "only these, of: ${COMPLETION-CANDIDATES}")
  private List<String> workloads = List.of();

  @Option(
      names = "--contenders",
      paramLabel = "a,b,…",
      hideParamSyntax = true,
      split = COMMA,
      converter = ContenderName.class,
      completionCandidates = ContenderName.class,
      description = "only these, of: ${COMPLETION-CANDIDATES}")
  private List<String> contenders = Contenders.usual();

  @Option(
      names = "--baseline",
      paramLabel = "JAR",
      converter = ReadableFile.class,
      description =
          "also run batches from another build's benchmarks.jar, as " + Contenders.BASELINE)
  private Optional<Path> baseline = Optional.empty();

  @Option(
      names = "--runs",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "rounds; 3, or 1 with --quick")
  private Optional<Integer> rounds = Optional.empty();

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      converter = HeapSize.class,
      description = "-Xmx of every contender's JVM; 1g")
  private String heap = "1g";

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      converter = PositiveNumber.class,
      description = "how long a run may take; 600, or 120 with --quick")
  private Optional<Integer> limit = Optional.empty();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = WritableFile.class,
      description = "also write all results to this file")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--list", description = "only print what would run")
  private boolean listOnly;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this")
  private boolean help;

  private Options() {}

  /**
   * Reads a command line.
   *
   * @throws ParameterException with a message that names the option and says what it takes
   */
  static Options parse(String... args) {
    Options options = new Options();
    new CommandLine(options).setOverwrittenOptionsAllowed(true).parseArgs(args);
    return options;
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
    return rounds.orElse(quick ? 1 : ROUNDS);
  }

  String heap() {
    return heap;
  }

  Duration limit() {
    return limit.map(Duration::ofSeconds).orElse(quick ? QUICK_LIMIT : LIMIT);
  }

  Optional<Path> json() {
    return json;
  }

  /** In the order in which they run. With {@code --quick} each is in its small version. */
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

  private static final class WorkloadName extends KnownName {
    WorkloadName() {
      super(Workloads.all().stream().map(Workload::name).toList());
    }
  }

  private static final class ContenderName extends KnownName {
    ContenderName() {
      super(Contenders.all().stream().map(Contender::name).toList());
    }
  }

  /** One of a list of names, which the usage text shows. */
  private abstract static class KnownName implements ITypeConverter<String>, Iterable<String> {
    private final List<String> names;

    KnownName(List<String> names) {
      this.names = names;
    }

    @Override
    public String convert(String value) {
      require(names.contains(value), value, "must be one of " + String.join(", ", names));
      return value;
    }

    @Override
    public Iterator<String> iterator() {
      return names.iterator();
    }
  }

  private static final class PositiveNumber implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      require(value.matches("0*[1-9]\\d{0,8}"), value, "must be a number from 1 to 999999999");
      return Integer.valueOf(value);
    }
  }

  private static final class HeapSize implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      require(
          value.matches("[1-9]\\d*[kKmMgGtT]?"), value, "must be a size such as 512m, 1g or 2g");
      return value;
    }
  }

  private static final class ReadableFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
      Path file = Path.of(value).toAbsolutePath();
      require(
          Files.isRegularFile(file) && Files.isReadable(file), value, "must be a readable file");
      return file;
    }
  }

  private static final class WritableFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
      Path file = Path.of(value).toAbsolutePath();
      Path directory = file.getParent();
      require(
          directory != null
              && Files.isWritable(Files.exists(file) ? file : directory)
              && !Files.isDirectory(file),
          value,
          "must be a file that can be written, in a directory that exists");
      return file;
    }
  }

  private static void require(boolean valid, String value, String rule) {
    if (!valid) {
      throw new TypeConversionException("was '" + value + "' but " + rule);
    }
  }
}
