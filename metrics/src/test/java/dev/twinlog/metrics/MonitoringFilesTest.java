package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Verdict;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Compares the dashboard and the alert rules with the meters that a link registers. */
final class MonitoringFilesTest extends MetersCase {
  private static final Path ALERTS = Path.of("monitoring", "alerts.yml");
  private static final Path DASHBOARD = Path.of("monitoring", "grafana-dashboard.json");

  /** A metric, and what follows it in braces. */
  private static final Pattern METRIC = Pattern.compile("(twinlog_[a-z_]+)(\\{[^}]*})?");

  private static final Pattern MATCHER = Pattern.compile("([a-z]+)=~?\"([^\"]*)\"");
  private static final Pattern BY = Pattern.compile("by \\(([^)]*)\\)");
  private static final Pattern SHOWN = Pattern.compile("\\$labels\\.([a-z]+)|\\{\\{([a-z]+)}}");
  private static final Pattern SERIES = Pattern.compile("(twinlog_[a-z_]+)\\{([^}]*)} .*");

  private final PrometheusMeterRegistry prometheus =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** The labels of each metric that a link has. */
  private final Map<String, Set<String>> labels = new HashMap<>();

  @BeforeEach
  void scrape() {
    open();
    meters.bindTo(prometheus);
    measureEverything(ORDERS_0);
    for (String line : prometheus.scrape().split("\n")) {
      Matcher series = SERIES.matcher(line);
      if (series.matches()) {
        Set<String> all = labels.computeIfAbsent(series.group(1), any -> new HashSet<>());
        Matcher label = MATCHER.matcher(series.group(2));
        while (label.find()) {
          all.add(label.group(1));
        }
      }
    }
    assertThat(labels).containsKey("twinlog_records_total");
  }

  @AfterEach
  void closePrometheus() {
    prometheus.close();
  }

  private static List<String> expressions() throws IOException {
    List<String> all = new ArrayList<>();
    for (String line : Files.readAllLines(ALERTS)) {
      if (line.strip().startsWith("expr: ")) {
        all.add(line.strip().substring("expr: ".length()));
      }
    }
    JsonNode dashboard = new ObjectMapper().readTree(Files.readString(DASHBOARD));
    dashboard.findValues("expr").forEach(each -> all.add(each.asText()));
    for (JsonNode variable : dashboard.at("/templating/list")) {
      all.add(variable.at("/query/query").asText());
    }
    assertThat(all).hasSizeGreaterThan(30);
    return all;
  }

  @Test
  void everyMetric_isOneOfALink_andHasTheLabelsThatAreMatched() throws IOException {
    for (String expression : expressions()) {
      Matcher metric = METRIC.matcher(expression);
      while (metric.find()) {
        assertThat(labels).as(expression).containsKey(metric.group(1));
        Matcher matched = MATCHER.matcher(metric.group(2) == null ? "" : metric.group(2));
        while (matched.find()) {
          assertThat(labels.get(metric.group(1))).as(expression).contains(matched.group(1));
          assertThat(values(metric.group(1), matched.group(1)))
              .as(expression)
              .containsAll(values(matched.group(2)));
        }
      }
      Matcher by = BY.matcher(expression);
      while (by.find()) {
        for (String label : by.group(1).split(", ")) {
          assertThat(metrics(expression))
              .allSatisfy(one -> assertThat(labels.get(one)).contains(label));
        }
      }
    }
  }

  private static Set<String> metrics(String expression) {
    Set<String> all = new TreeSet<>();
    Matcher metric = METRIC.matcher(expression);
    while (metric.find()) {
      all.add(metric.group(1));
    }
    return all;
  }

  /** The values that are named; those of a dashboard's variables are any. */
  private static List<String> values(String matched) {
    return matched.startsWith("$") ? List.of() : Arrays.asList(matched.split("\\|"));
  }

  private static List<String> values(String metric, String label) {
    return switch (label) {
      case "state" ->
          switch (metric) {
            case "twinlog_link_state" -> names(LinkState.values());
            case "twinlog_groups" -> names(GroupState.values());
            default -> names(PartitionState.values());
          };
      case "verdict" -> names(Verdict.values());
      default -> List.of();
    };
  }

  private static List<String> names(Enum<?>... all) {
    return Arrays.stream(all).map(Enum::name).toList();
  }

  @Test
  void everyAlert_showsLabelsThatItHas_andNamesAChapterThatExists() throws IOException {
    String[] alerts = Files.readString(ALERTS).split("- alert: ");
    assertThat(alerts).hasSizeGreaterThan(10);
    for (String alert : Arrays.asList(alerts).subList(1, alerts.length)) {
      Matcher by = BY.matcher(alert);
      assertThat(by.find()).as(alert).isTrue();
      Set<String> kept = Set.of(by.group(1).split(", "));
      Matcher shown = SHOWN.matcher(alert);
      while (shown.find()) {
        assertThat(kept).as(alert).contains(shown.group(1));
      }
      Matcher page = Pattern.compile("runbook_url: (\\S+)#(\\S+)").matcher(alert);
      assertThat(page.find()).as(alert).isTrue();
      List<String> chapters =
          Files.readAllLines(Path.of("..").resolve(page.group(1))).stream()
              .filter(line -> line.startsWith("#"))
              .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
              .map(title -> title.replaceAll("[^a-z0-9 -]", "").replace(' ', '-'))
              .toList();
      assertThat(chapters).as(alert).contains(page.group(2));
    }
  }

  @Test
  void everyPanel_saysWhatItShows_andLegendsNameLabelsThatAreKept() throws IOException {
    JsonNode dashboard = new ObjectMapper().readTree(Files.readString(DASHBOARD));
    Set<Integer> ids = new HashSet<>();
    for (JsonNode panel : dashboard.get("panels")) {
      assertThat(ids.add(panel.get("id").asInt())).isTrue();
      if (panel.get("type").asText().equals("row")) {
        continue;
      }
      assertThat(panel.get("description").asText()).isNotEmpty();
      for (JsonNode target : panel.get("targets")) {
        Matcher by = BY.matcher(target.get("expr").asText());
        Set<String> kept = by.find() ? Set.of(by.group(1).split(", ")) : Set.of();
        Matcher shown = SHOWN.matcher(target.get("legendFormat").asText());
        while (shown.find()) {
          assertThat(kept).as("%s", target).contains(shown.group(2));
        }
      }
    }
  }
}
