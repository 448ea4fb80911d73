package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ChangeableSelection;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.SourceFixture;
import dev.twinlog.testkit.internal.contract.Closing;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A contract test for {@link Source}s whose selection of topics can be replaced. */
public abstract class ChangeableSelectionContract {
  private static final String ONE = "contract-selected-one";
  private static final String OTHER = "contract-selected-other";
  private static final String MISSING = "contract-selected-missing";

  private SourceFixture fixture;
  private Source source;
  private ChangeableSelection selection;

  /** A new fixture for one test. */
  protected abstract SourceFixture openFixture() throws Exception;

  @BeforeEach
  final void openSource() throws Exception {
    fixture = openFixture();
    fixture.createTopic(ONE, 1);
    fixture.createTopic(OTHER, 2);
    source = fixture.source(ONE);
    selection = assertInstanceOf(ChangeableSelection.class, source);
  }

  @AfterEach
  final void closeSource() throws Exception {
    Closing.all(source, fixture);
  }

  private Set<String> found() {
    Set<String> topics = new TreeSet<>();
    source.partitions().forEach(each -> topics.add(each.partition().topic()));
    return topics;
  }

  @Test
  void aSelection_holdsFromTheNextCall_untilTheNextOne() {
    assertEquals(Set.of(ONE), found());
    selection.select(TopicSelector.named(OTHER));
    assertEquals(Set.of(OTHER), found());
    assertEquals(2, source.partitions().size());
    selection.select(TopicSelector.matching("contract-selected-.*"));
    assertEquals(Set.of(ONE, OTHER), found());
    selection.select(TopicSelector.named(ONE));
    assertEquals(Set.of(ONE), found());
  }

  @Test
  void selects_answersByTheLastSelection_atOnce() {
    selection.select(TopicSelector.named(OTHER, MISSING));
    assertTrue(selection.selects(OTHER));
    assertTrue(selection.selects(MISSING));
    assertFalse(selection.selects(ONE));
  }

  @Test
  void whatIsNotThere_isThatOfTheSelectionOfTheLastCall() {
    selection.select(TopicSelector.named(ONE, MISSING));
    assertEquals(Set.of(ONE), found());
    assertEquals(Set.of(MISSING), selection.missingTopics());
    assertEquals(Optional.empty(), selection.unmatched());
    selection.select(TopicSelector.matching("contract-selected-none.*"));
    assertEquals(Set.of(), found());
    assertEquals(Set.of(), selection.missingTopics());
    assertTrue(selection.unmatched().isPresent());
    selection.select(TopicSelector.matching("contract-selected-one"));
    assertEquals(Set.of(ONE), found());
    assertEquals(Optional.empty(), selection.unmatched());
  }
}
