package dev.twinlog.testkit;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks what the testkit's packages hold and which of them may depend on which. */
final class RoomsTest {
  private static final String ROOT = "dev.twinlog.testkit";
  private static final String INTERNAL = ROOT + ".internal..";

  private static final JavaClasses TESTKIT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  private void holds(ArchRule rule) {
    rule.check(TESTKIT);
  }

  @Test
  void rootHoldsWhatAUserNamesFirst() {
    Stream<String> types =
        TESTKIT.stream()
            .filter(type -> type.getPackageName().equals(ROOT))
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .map(JavaClass::getSimpleName);
    assertThat(types)
        .describedAs("a newcomer reads them all: what fewer tests need belongs into a room")
        .containsExactlyInAnyOrder(
            // clusters
            "TestKafka",
            "EmbeddedKafka",
            "ChildKafka",
            "KafkaSecurity",
            "NetworkLink",
            "TwinClusters",
            "TwinClustersExtension",
            "TwinKafka",
            // what is in them
            "KafkaTopics",
            "MirrorAssertions",
            "MirrorComparison",
            "MirrorReport",
            // without brokers
            "InMemoryCluster",
            "InMemorySource",
            "InMemorySink",
            "SteppedReplicator",
            "VirtualClock",
            // what parts must pass
            "SourceContract",
            "SourceFixture",
            "SinkContract",
            "SinkFixture",
            "RecoverableSinkContract",
            "ProgressStoreContract",
            "PartitionMapperContract",
            "OffsetTranslatorContract");
  }

  @Test
  void noProgramOfTheProjectIsPublished() {
    holds(
        noClasses()
            .should()
            .resideInAnyPackage(ROOT + ".simulator..", ROOT + ".soak..", ROOT + ".quickstart..")
            .because("no user needs them: they belong into src/test or src/quickstart"));
  }

  @Test
  void packagesFormNoCircle() {
    holds(
        slices()
            .matching("dev.twinlog.(**)")
            .should()
            .beFreeOfCycles()
            .because(
                "one can't be read, tested or moved without the other: pass in what it needs"));
  }

  @Test
  void internalRoomsDoNotKnowTheRoot() {
    holds(
        noClasses()
            .that()
            .resideInAPackage(INTERNAL)
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT))
            .because("the root uses them: pass in what they need"));
  }

  @Test
  void onlyOneClassNamesServerClasses() {
    holds(
        noClasses()
            .that()
            .haveNameNotMatching(".*\\.internal\\.kafka\\.KraftNode(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "kafka..",
                "org.apache.kafka.controller..",
                "org.apache.kafka.metadata..",
                "org.apache.kafka.raft..",
                "org.apache.kafka.server..",
                "org.apache.kafka.storage..")
            .because("their constructors change from release to release: go through KraftNode"));
  }

  @Test
  void whatRunsInChildrenNeedsTheJdkOnly() {
    holds(
        classes()
            .that()
            .resideInAPackage(ROOT + ".internal.child..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "org.jspecify..", ROOT + ".internal.child..")
            .because("a child's class path may hold any version of anything"));
  }

  @Test
  void optionalLibrariesAreUsedInTheirRoomsOnly() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".container..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.testcontainers.."))
            .because("a user of other classes may not have Testcontainers"));
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".junit..")
            .should()
            .dependOnClassesThat(resideInAPackage("ch.qos.logback.."))
            .because("a user of other classes may not have Logback"));
  }

  @Test
  void publicSignaturesMentionNothingInternal() {
    holds(
        methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage(INTERNAL)
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .should(not(mentionInternals()))
            .because("users compile against them: hide it behind a public type"));
  }

  private static ArchCondition<JavaMethod> mentionInternals() {
    return new ArchCondition<>("mention internals") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        Stream<JavaClass> mentioned =
            Stream.concat(
                method.getRawParameterTypes().stream(), Stream.of(method.getRawReturnType()));
        boolean internal = mentioned.anyMatch(type -> type.getPackageName().contains(".internal"));
        events.add(new SimpleConditionEvent(method, internal, method.getFullName()));
      }
    };
  }
}
