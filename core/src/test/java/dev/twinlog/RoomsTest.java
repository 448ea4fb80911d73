package dev.twinlog;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
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

/** Checks which packages may depend on which. */
final class RoomsTest {
  private static final String INTERNAL = "dev.twinlog.internal..";
  private static final String WIRE = "dev.twinlog.internal.kafka.wire..";

  /** A tool for links, and no part of one: it gives users what the replicator gives them. */
  private static final DescribedPredicate<JavaClass> TOOLS =
      describe(
          "are the offline tools",
          (JavaClass c) -> c.getName().startsWith("dev.twinlog.kafka.KafkaLinks"));

  private final JavaClasses core =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.twinlog");

  private void holds(ArchRule rule) {
    rule.check(core);
  }

  @Test
  void spiIsALeaf() {
    holds(
        classes()
            .that()
            .resideInAPackage("dev.twinlog.spi..")
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "dev.twinlog.spi..",
                        "org.apache.kafka.common.header..")
                    .or(
                        describe(
                            "are Kafka's public value types",
                            (JavaClass c) ->
                                c.getName().equals("org.apache.kafka.common.TopicPartition")
                                    || c.getName().equals("org.apache.kafka.common.Uuid"))))
            .because(
                "a plug-in author must be able to read it alone: move what needs more into an"
                    + " internal room and reach it through an interface"));
  }

  @Test
  void kafkaPartsDoNotKnowTheReplicator() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage("dev.twinlog.kafka..", "dev.twinlog.internal.kafka..")
            .and(DescribedPredicate.not(TOOLS))
            .should()
            .dependOnClassesThat(
                resideInAPackage("dev.twinlog")
                    .or(resideInAPackage("dev.twinlog.internal.engine..")))
            .because(
                "they are plug-ins like any other: what they need belongs into dev.twinlog.spi"));
  }

  @Test
  void engineDoesNotKnowKafkaParts() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "dev.twinlog.internal.engine..",
                "dev.twinlog.internal.progress..",
                "dev.twinlog.internal.offsets..",
                "dev.twinlog.internal.control..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("dev.twinlog.kafka..", "dev.twinlog.internal.kafka.."))
            .because("it must run any source and sink: ask for an ability of dev.twinlog.spi"));
  }

  @Test
  void smallRoomsDoNotKnowTheEngine() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "dev.twinlog.internal.progress..",
                "dev.twinlog.internal.offsets..",
                "dev.twinlog.internal.control..",
                "dev.twinlog.internal.batch..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.twinlog.internal.engine.."))
            .because("the engine uses them: pass in what they need"));
  }

  @Test
  void onlyTheWireRoomUsesInsidesOfKafkaClients() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(WIRE)
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "org.apache.kafka..internals..",
                    "org.apache.kafka.common.compress..",
                    "org.apache.kafka.common.message..",
                    "org.apache.kafka.common.network..",
                    "org.apache.kafka.common.protocol..",
                    "org.apache.kafka.common.record..",
                    "org.apache.kafka.common.requests..",
                    "org.apache.kafka.common.utils.."))
            .because("they change between releases: go through the public clients, or " + WIRE));
  }

  @Test
  void coreKnowsNoMetricsLibraryTestkitOrServer() {
    holds(
        noClasses()
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "io.micrometer..",
                    "dev.twinlog.metrics..",
                    "dev.twinlog.testkit..",
                    "kafka..",
                    "org.apache.kafka.server..",
                    "org.apache.kafka.metadata.."))
            .because("core is what users embed: use LinkMetrics, or another module"));
  }

  @Test
  void publicSignaturesMentionNothingInternal() {
    holds(
        methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAnyPackage("dev.twinlog", "dev.twinlog.spi..", "dev.twinlog.kafka..")
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .should(not(mentionInternals()))
            .because("users compile against them: hide it behind a public type"));
  }

  private static ArchCondition<JavaMethod> mentionInternals() {
    return new ArchCondition<>("mention a type of " + INTERNAL) {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        boolean mentioned =
            Stream.concat(
                    Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                .anyMatch(type -> type.getPackageName().startsWith("dev.twinlog.internal"));
        events.add(new SimpleConditionEvent(method, mentioned, method.getFullName()));
      }
    };
  }
}
