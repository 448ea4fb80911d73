package dev.twinlog.tools;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.MoveReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.MoveTakenOverException;
import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.SyncPlan;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.LinkSummary;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The command line for operators, which needs no running link: {@code --help} prints the commands.
 *
 * <p>Exit status: 0 done, and nothing is lost or left to do; 1 refused, nothing was changed; 2
 * done, and records may be lost, or something is left to do, which the report says; 3 not finished,
 * run the same command again.
 */
public final class LinkTool {
  static final int DONE = 0;
  static final int REFUSED = 1;
  static final int LOOK = 2;
  static final int REPEAT = 3;

  private static final String JSON = "--json";
  private static final String HELP =
      """
      Commands for a link of Twinlog; --source is the cluster that the link reads, --target the
      one that it writes, in whose region they are run:

        links     lists the links that write into the target; needs no --link
        status    says of one link what links says of all
        plan      what the link would change in the target besides copying, if it were started:
                  topics, configs, ACLs, groups. Changes nothing, and does not disturb the link
            --config <file>      the link, as for switchover
        failover  moves the link to its target, without its source: ends its writes, positions its
                  consumer groups, and reports what may be lost. Run it again if it did not finish
            --dry-run            says what would be done, and changes nothing
            --no-groups          leaves consumer groups where they are
            --hold-writes        doesn't create the write permissions that were held back
            --topics <regex>     only these source topics; the others are copied on by the link when
                                 it is started again
            --impatient          doesn't wait 20 s for an owner that can't be fenced
            --deadline <seconds> how long it may take, 60 by default
            --actor <text>       who does it, for the report
        switchover moves the link to its target while its source answers, without losing anything,
                  or changes nothing; needs --config instead of --link and --target
            --config <file>      the link, as the service that runs it describes it: the
                                 replicator.* properties of Replicator.fromProperties
            --dry-run            says what speaks against it, and changes nothing
            --topics <regex>     only these source topics, the others are copied on
            --fence-writers      lets the source refuse what producers write, by ACLs
            --allow-active-groups also moves if groups are in use
            --timeout <seconds>  when it is taken back, 300 by default
            --quiet <seconds>    how long the source must not be written, 5 by default
            --actor <text>       who does it, for the report
        reopen    takes a move back: the link copies again when it is started next
        divergence  what the source of a moved link has that was never copied; needs --source
            --topic <name> --partition <number>  prints these records instead, one a line, as JSON
        reverse   turns a moved link round, when its source is there again; needs --source. Nothing
                  is copied again. Run it again if it did not finish
            --config <file>      the moved link as its service describes it, instead of --link,
                                 --source and --target: the reverse link keeps its settings
            --on-divergence keep    what was never copied stays in the old source only
            --on-divergence resend  it is copied to the other cluster as well; else refused
            --name <link>        the name of the reverse link, <link>-back by default
            --copy-all <regex>   topics of the old source that are copied whole: deleted or empty
            --accept-unproved-seams  also where it is not certain what was copied
            --run                runs the reverse link, until the process is ended
            --dry-run            says what would be done, and changes nothing
            --actor <text>       who does it, for the report
        verify    compares the copy with the source, record by record; needs --source as well
            --topics <regex>     only these source topics
            --sample <0 to 1>    only this part of the records
        offsets   translates an offset of the source, or with --from-target one of the target
            --topic <name> --partition <number> --offset <number>

      Of each command:
        --link <name>               the link
        --target <file>             client properties of the target: bootstrap.servers, security, ...
        --target-servers <host:port> instead of a file, if nothing else is needed
        --target-alias <name>       how messages call the target
        --json                      prints the report as JSON
      and the same with --source for the source.

      Exit status: 0 done; 1 refused, nothing was changed; 2 done, with something to look at in the
      report; 3 not finished, run it again.
      """;

  private final PrintStream out;
  private final PrintStream errors;

  private LinkTool(PrintStream out, PrintStream errors) {
    this.out = out;
    this.errors = errors;
  }

  /** Runs a command and ends the process with its exit status. */
  public static void main(String[] arguments) {
    System.exit(run(Arrays.asList(arguments), System.out, System.err));
  }

  /** Runs a command; returns its exit status. */
  static int run(List<String> arguments, PrintStream out, PrintStream errors) {
    return new LinkTool(out, errors).run(arguments);
  }

  private int run(List<String> arguments) {
    String command = arguments.isEmpty() ? "" : arguments.get(0);
    if (arguments.contains("--help") || command.equals("help")) {
      out.print(HELP);
      return DONE;
    }
    List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
    try {
      return switch (command) {
        case "links" -> links(rest);
        case "status" -> status(rest);
        case "plan" -> plan(rest);
        case "switchover" -> switchover(rest);
        case "failover" -> failover(rest);
        case "reopen" -> reopen(rest);
        case "divergence" -> divergence(rest);
        case "reverse" -> reverse(rest);
        case "verify" -> verify(rest);
        case "offsets" -> offsets(rest);
        default ->
            throw ToolArguments.problem(
                "'%s' is no command: links, status, plan, failover, switchover, reopen, divergence, reverse, verify or offsets"
                    .formatted(command));
      };
    } catch (ConfigurationException e) {
      e.problems().forEach(errors::println);
      errors.println("Try --help.");
      return REFUSED;
    } catch (MoveTakenOverException e) {
      errors.println(e.getMessage() + ": run it again to see what has become of it");
      return REPEAT;
    } catch (RetriableException e) {
      errors.println(command + " was not finished, run it again: " + e.getMessage());
      return REPEAT;
    } catch (ReplicationException e) {
      errors.println(command + " was refused, and nothing was changed: " + e.getMessage());
      return REFUSED;
    } catch (RuntimeException e) {
      errors.println(command + " has failed, and may not be finished: " + e);
      return REPEAT;
    }
  }

  private static ToolArguments parse(
      List<String> arguments, List<String> sides, List<String> options, Set<String> flags) {
    List<String> all = new ArrayList<>(options);
    all.addAll(ToolArguments.ofLink(sides));
    Set<String> allFlags = new HashSet<>(flags);
    allFlags.add(JSON);
    return ToolArguments.parse(arguments, Set.copyOf(all), allFlags);
  }

  private int links(List<String> arguments) {
    ToolArguments given = parse(arguments, List.of("target"), List.of(), Set.of());
    List<LinkSummary> links = KafkaLinks.list(given.cluster("target"));
    if (given.has(JSON)) {
      out.println(Json.of(links.stream().map(ReportJson::of).toList()));
    } else {
      links.forEach(out::println);
    }
    return DONE;
  }

  private int status(List<String> arguments) {
    ToolArguments given = parse(arguments, List.of("target"), List.of(), Set.of());
    String name = given.get("--link");
    List<LinkSummary> links = KafkaLinks.list(given.cluster("target"));
    LinkSummary link =
        links.stream()
            .filter(one -> one.link().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    ToolArguments.problem(
                        "no link %s writes into the target; these do: %s"
                            .formatted(name, links.stream().map(LinkSummary::link).toList())));
    out.println(given.has(JSON) ? Json.of(ReportJson.of(link)) : link);
    return DONE;
  }

  private int plan(List<String> arguments) {
    ToolArguments given = ToolArguments.parse(arguments, Set.of("--config"), Set.of(JSON));
    try (Replicator link = Replicator.fromProperties(given.properties("--config")).build()) {
      SyncPlan plan = link.plan();
      out.println(given.has(JSON) ? Json.of(ReportJson.of(plan)) : plan);
      return plan.isEmpty() ? DONE : LOOK;
    }
  }

  private int switchover(List<String> arguments) {
    ToolArguments given =
        ToolArguments.parse(
            arguments,
            Set.of("--config", "--topics", "--timeout", "--quiet", "--actor"),
            Set.of(JSON, "--dry-run", "--fence-writers", "--allow-active-groups"));
    SwitchoverOptions options =
        SwitchoverOptions.defaults()
            .fenceWriters(given.has("--fence-writers"))
            .allowActiveGroups(given.has("--allow-active-groups"))
            .onProgress(progress -> errors.println(progress));
    Optional<String> topics = given.find("--topics");
    options = topics.isPresent() ? options.topics(TopicSelector.matching(topics.get())) : options;
    if (given.find("--timeout").isPresent()) {
      options = options.timeout(Duration.ofSeconds(Math.max(1, given.number("--timeout"))));
    }
    if (given.find("--quiet").isPresent()) {
      options = options.quietFor(Duration.ofSeconds(given.number("--quiet")));
    }
    Optional<String> actor = given.find("--actor");
    options = actor.isPresent() ? options.actor(actor.get()) : options;
    options = given.has("--dry-run") ? options.dryRun() : options;
    SwitchoverReport report =
        KafkaLinks.switchover(Replicator.fromProperties(given.properties("--config")), options);
    out.println(given.has(JSON) ? Json.of(ReportJson.of(report)) : report);
    return status(report);
  }

  private int failover(List<String> arguments) {
    ToolArguments given =
        parse(
            arguments,
            List.of("target"),
            List.of("--topics", "--deadline", "--actor"),
            Set.of("--dry-run", "--no-groups", "--hold-writes", "--impatient"));
    FailoverOptions options =
        FailoverOptions.defaults()
            .writeGroups(!given.has("--no-groups"))
            .releaseWrites(!given.has("--hold-writes"));
    Optional<String> topics = given.find("--topics");
    options = topics.isPresent() ? options.topics(TopicSelector.matching(topics.get())) : options;
    if (given.find("--deadline").isPresent()) {
      options = options.deadline(Duration.ofSeconds(Math.max(1, given.number("--deadline"))));
    }
    Optional<String> actor = given.find("--actor");
    options = actor.isPresent() ? options.actor(actor.get()) : options;
    options = given.has("--impatient") ? options.impatient() : options;
    options = given.has("--dry-run") ? options.dryRun() : options;
    options = options.onProgress(progress -> errors.println(progress));
    FailoverReport report =
        KafkaLinks.failover(given.cluster("target"), given.get("--link"), options);
    out.println(given.has(JSON) ? Json.of(ReportJson.of(report)) : report);
    return status(report);
  }

  /** The exit status that a report gives. */
  static int status(MoveReport report) {
    Outcome outcome = report.outcome();
    return switch (outcome) {
      case REFUSED, ABORTED -> REFUSED;
      case INCOMPLETE -> REPEAT;
      case DRY_RUN -> DONE;
      case DONE -> report.todo().isEmpty() ? DONE : LOOK;
      case DONE_WITH_LOSS -> LOOK;
    };
  }

  private int reopen(List<String> arguments) {
    ToolArguments given = parse(arguments, List.of("target"), List.of(), Set.of());
    String link = given.get("--link");
    KafkaLinks.reopen(given.cluster("target"), link);
    out.println(
        given.has(JSON)
            ? Json.of(Map.of("link", link, "outcome", "DONE"))
            : "link %s copies again when it is started next".formatted(link));
    return DONE;
  }

  private int divergence(List<String> arguments) {
    ToolArguments given =
        parse(arguments, ReverseCommands.SIDES, ReverseCommands.OF_DIVERGENCE, Set.of());
    return new ReverseCommands(out, errors).divergence(given, given.has(JSON));
  }

  private int reverse(List<String> arguments) {
    ToolArguments given =
        parse(arguments, ReverseCommands.SIDES, ReverseCommands.OF_REVERSE, ReverseCommands.FLAGS);
    return new ReverseCommands(out, errors).reverse(given, given.has(JSON));
  }

  private int verify(List<String> arguments) {
    ToolArguments given =
        parse(arguments, List.of("target", "source"), List.of("--topics", "--sample"), Set.of());
    VerifyOptions options = VerifyOptions.defaults();
    Optional<String> topics = given.find("--topics");
    options = topics.isPresent() ? options.topics(TopicSelector.matching(topics.get())) : options;
    Optional<String> sample = given.find("--sample");
    options = sample.isPresent() ? options.sample(fraction(sample.get())) : options;
    VerifyReport report =
        KafkaLinks.verify(
            given.cluster("source"), given.cluster("target"), given.get("--link"), options);
    out.println(given.has(JSON) ? Json.of(ReportJson.of(report)) : report);
    if (report.verdict() == Verdict.EXACT) {
      return DONE;
    }
    return report.verdict() == Verdict.DIFFERENT ? LOOK : REPEAT;
  }

  private static double fraction(String text) {
    if (!text.matches("0?\\.[0-9]{1,9}|1|1\\.0")) {
      throw ToolArguments.problem(
          "--sample was '%s' but must be a number above 0, up to 1".formatted(text));
    }
    return Double.parseDouble(text);
  }

  private int offsets(List<String> arguments) {
    ToolArguments given =
        parse(
            arguments,
            List.of("target"),
            List.of("--topic", "--partition", "--offset"),
            Set.of("--from-target"));
    TopicPartition partition =
        new TopicPartition(given.get("--topic"), Math.toIntExact(given.number("--partition")));
    long offset = given.number("--offset");
    Offsets offsets = KafkaLinks.openOffsets(given.cluster("target"), given.get("--link"));
    Object translated =
        given.has("--from-target")
            ? offsets.toSources(partition, offset)
            : offsets.toTargets(partition, offset);
    out.println(given.has(JSON) ? Json.of(translated) : translated);
    return DONE;
  }
}
