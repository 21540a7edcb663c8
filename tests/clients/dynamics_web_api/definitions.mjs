// Checks of definitions: every function that dynamics-web-api has for tables, columns, relationships and option sets.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPE = "Microsoft.Dynamics.CRM";

const label = (text) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
const text = (given) => given.UserLocalizedLabel.Label;
const option = (value, name) => ({ Value: value, Label: label(name) });
const column = (kind, name, members = {}) => ({
    "@odata.type": `${TYPE}.${kind}AttributeMetadata`,
    SchemaName: name,
    DisplayName: label(name),
    RequiredLevel: { Value: "None" },
    ...members,
});

/** Adds the checks; `named` is a client that takes logical names of tables (`useEntityNames`). */
export const addDefinitionChecks = (checks, api, named, refused) => {
    const table = async () => {
        const name = `new_Thing${randomUUID().slice(0, 8)}`;
        const id = await api.createEntity({
            data: {
                "@odata.type": `${TYPE}.EntityMetadata`,
                SchemaName: name,
                DisplayName: label("Thing"),
                DisplayCollectionName: label("Things"),
                OwnershipType: "UserOwned",
                HasActivities: false,
                HasNotes: false,
                Attributes: [column("String", "new_Name", { IsPrimaryName: true, MaxLength: 100 })],
            },
        });
        return { id, name, logicalName: name.toLowerCase(), key: `LogicalName='${name.toLowerCase()}'` };
    };
    const relationship = async (made) => {
        const SchemaName = `${made.name}_account`;
        const id = await api.createRelationship({
            data: {
                "@odata.type": `${TYPE}.OneToManyRelationshipMetadata`,
                SchemaName,
                ReferencedEntity: "account",
                ReferencingEntity: made.logicalName,
                Lookup: column("Lookup", "new_AccountId"),
            },
        });
        return { id, SchemaName };
    };
    const colours = async () => {
        const Name = `new_Colours${randomUUID().slice(0, 8)}`;
        const data = {
            "@odata.type": `${TYPE}.OptionSetMetadata`,
            Name,
            DisplayName: label("Colours"),
            IsGlobal: true,
            OptionSetType: "Picklist",
            Options: [option(1, "Red"), option(2, "Blue")],
        };
        return { id: await api.createGlobalOptionSet({ data }), Name };
    };

    checks.table_is_created_and_retrieved = async () => {
        const made = await table();
        assert.match(made.id, GUID);
        for (const key of [made.id, made.key]) {
            const found = await api.retrieveEntity({
                key,
                select: ["LogicalName", "EntitySetName"],
                expand: [{ property: "Attributes", select: ["LogicalName"], filter: "IsCustomAttribute eq true" }],
            });
            assert.equal(found.MetadataId, made.id);
            assert.equal(found.EntitySetName, `${made.logicalName}s`);
            assert.deepEqual(found.Attributes.map((each) => each.LogicalName), ["new_name"]);
        }
        assert.match(await api.create({ collection: `${made.logicalName}s`, data: { new_name: "A" } }), GUID);
        assert.equal((await refused(api.retrieveEntity({ key: randomUUID() }))).status, 404);
    };

    checks.tables_are_listed = async () => {
        const made = await table();
        const every = await api.retrieveEntities({ select: ["LogicalName"] });
        assert.ok(every.value.some((each) => each.LogicalName === made.logicalName));
        const one = await api.retrieveEntities({
            select: ["LogicalName", "SchemaName"],
            filter: `LogicalName eq '${made.logicalName}'`,
            expand: [{ property: "Keys" }],
        });
        assert.deepEqual(one.value.map((each) => [each.SchemaName, each.Keys]), [[made.name, []]]);
    };

    checks.table_is_updated = async () => {
        const made = await table();
        const whole = await api.retrieveEntity({ key: made.id });
        whole.DisplayName = label("Other thing");
        await api.updateEntity({ data: whole, mergeLabels: true });
        assert.equal(text((await api.retrieveEntity({ key: made.id })).DisplayName), "Other thing");
    };

    checks.table_is_deleted = async () => {
        const made = await table();
        await api.deleteRecord({ collection: "EntityDefinitions", key: made.id });
        assert.equal((await refused(api.retrieveEntity({ key: made.key }))).status, 404);
    };

    checks.columns_are_created_and_retrieved = async () => {
        const made = await table();
        const columns = [
            column("String", "new_Code", { MaxLength: 20 }),
            column("Integer", "new_Size", { MinValue: 1, MaxValue: 9 }),
            column("Picklist", "new_Stage", { OptionSet: { IsGlobal: false, Options: [option(1, "Plan"), option(2, "Build")] } }),
        ];
        for (const data of columns) {
            const id = await api.createAttribute({ entityKey: made.key, data });
            const found = await api.retrieveAttribute({ entityKey: made.id, attributeKey: id });
            assert.equal(found["@odata.type"], `#${data["@odata.type"]}`);
            assert.equal(found.SchemaName, data.SchemaName);
        }
        const size = await api.retrieveAttribute({
            entityKey: made.key,
            attributeKey: "LogicalName='new_size'",
            castType: `${TYPE}.IntegerAttributeMetadata`,
            select: ["LogicalName", "MaxValue"],
        });
        assert.equal(size.MaxValue, 9);
    };

    checks.columns_are_listed = async () => {
        const own = await api.retrieveAttributes({
            entityKey: "LogicalName='account'",
            select: ["LogicalName"],
            filter: "AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Memo'",
        });
        assert.deepEqual(own.value.map((each) => each.LogicalName).includes("description"), true);
        const choices = await api.retrieveAttributes({
            entityKey: "LogicalName='account'",
            castType: `${TYPE}.PicklistAttributeMetadata`,
            select: ["LogicalName"],
            expand: [{ property: "OptionSet", select: ["Options"] }, { property: "GlobalOptionSet" }],
        });
        const industry = choices.value.find((each) => each.LogicalName === "industrycode");
        assert.equal(text(industry.OptionSet.Options[0].Label), "Accounting");
        assert.equal(industry.GlobalOptionSet, null);
    };

    checks.column_is_updated = async () => {
        const made = await table();
        const entityKey = made.key;
        await api.createAttribute({ entityKey, data: column("String", "new_Code", { MaxLength: 20 }) });
        const castType = `${TYPE}.StringAttributeMetadata`;
        const request = { entityKey, attributeKey: "LogicalName='new_code'", castType };
        await api.updateAttribute({ entityKey, castType, mergeLabels: true, data: { ...(await api.retrieveAttribute(request)), MaxLength: 30 } });
        assert.equal((await api.retrieveAttribute(request)).MaxLength, 30);
        const plain = await api.retrieveAttribute({ entityKey, attributeKey: "LogicalName='new_code'" });
        await api.updateAttribute({ entityKey, data: { ...plain, DisplayName: label("Renamed") } });
        assert.equal(text((await api.retrieveAttribute(request)).DisplayName), "Renamed");
    };

    checks.relationship_is_created_and_retrieved = async () => {
        const made = await table();
        const { id, SchemaName } = await relationship(made);
        const castType = `${TYPE}.OneToManyRelationshipMetadata`;
        assert.equal((await api.retrieveRelationship({ key: id }))["@odata.type"], `#${castType}`);
        const found = await api.retrieveRelationship({ key: id, castType, select: ["SchemaName", "ReferencingAttribute"] });
        assert.deepEqual([found.SchemaName, found.ReferencingAttribute], [SchemaName, "new_accountid"]);
        const link = await api.createRelationship({
            data: {
                "@odata.type": `${TYPE}.ManyToManyRelationshipMetadata`,
                SchemaName: `${made.name}_contacts`,
                IntersectEntityName: `${made.name}_contacts`,
                Entity1LogicalName: made.logicalName,
                Entity2LogicalName: "contact",
            },
        });
        assert.equal((await api.retrieveRelationship({ key: link })).Entity2LogicalName, "contact");
    };

    checks.relationships_are_listed = async () => {
        const made = await table();
        const { SchemaName } = await relationship(made);
        const filter = `SchemaName eq '${SchemaName}'`;
        const castType = `${TYPE}.OneToManyRelationshipMetadata`;
        for (const request of [{ filter }, { filter, select: ["SchemaName"] }, { filter, castType, select: ["SchemaName", "ReferencedEntity"] }]) {
            const found = await api.retrieveRelationships(request);
            assert.deepEqual(found.value.map((each) => each.SchemaName), [SchemaName]);
        }
        const links = await api.retrieveRelationships({ castType: `${TYPE}.ManyToManyRelationshipMetadata`, select: ["SchemaName", "IntersectEntityName"] });
        assert.ok(links.value.some((each) => each.SchemaName === "contactleads_association"));
    };

    checks.relationship_is_updated_and_deleted = async () => {
        const { id } = await relationship(await table());
        for (const castType of [`${TYPE}.OneToManyRelationshipMetadata`, undefined]) {
            const whole = await api.retrieveRelationship({ key: id, castType });
            whole.CascadeConfiguration.Delete = castType ? "Cascade" : "Restrict";
            await api.updateRelationship({ data: whole, castType, mergeLabels: true });
            const changed = await api.retrieveRelationship({ key: id });
            assert.equal(changed.CascadeConfiguration.Delete, castType ? "Cascade" : "Restrict");
        }
        await api.deleteRelationship({ key: id });
        assert.equal((await refused(api.retrieveRelationship({ key: id }))).status, 404);
    };

    checks.option_set_is_created_and_retrieved = async () => {
        const { id, Name } = await colours();
        const castType = `${TYPE}.OptionSetMetadata`;
        for (const key of [id, `Name='${Name}'`]) {
            const found = await api.retrieveGlobalOptionSet({ key, castType, select: ["Name", "Options"] });
            assert.deepEqual(found.Options.map((each) => [each.Value, text(each.Label)]), [[1, "Red"], [2, "Blue"]]);
        }
        const plain = await api.retrieveGlobalOptionSets({ select: ["Name"] });
        assert.ok(plain.value.some((each) => each.Name === Name));
        const cast = await api.retrieveGlobalOptionSets({ castType, select: ["Name", "Options"] });
        assert.equal(cast.value.find((each) => each.Name === Name).Options.length, 2);
    };

    checks.option_set_is_updated_and_deleted = async () => {
        const { id } = await colours();
        const whole = await api.retrieveGlobalOptionSet({ key: id });
        await api.updateGlobalOptionSet({ data: { ...whole, DisplayName: label("Paints") }, mergeLabels: true });
        const found = await api.retrieveGlobalOptionSet({ key: id });
        assert.equal(text(found.DisplayName), "Paints");
        assert.deepEqual(found.Options, whole.Options);
        await api.deleteGlobalOptionSet({ key: id });
        assert.equal((await refused(api.retrieveGlobalOptionSet({ key: id }))).status, 404);
    };

    checks.options_are_inserted_by_an_action = async () => {
        const { id, Name } = await colours();
        const answer = await api.callAction({ action: { OptionSetName: Name, Label: label("Green") }, actionName: "InsertOptionValue" });
        assert.equal(answer.NewOptionValue, 100000000);
        assert.equal((await api.retrieveGlobalOptionSet({ key: id })).Options.length, 3);
    };

    checks.csdl_is_retrieved = async () => {
        const made = await table();
        const document = await api.retrieveCsdlMetadata({ addAnnotations: true });
        assert.ok(document.includes(`<EntityType Name="${made.logicalName}"`));
        assert.ok(document.includes("Org.OData.Core.V1.Permissions"));
    };

    checks.tables_go_by_their_logical_names_when_asked = async () => {
        const made = await table();
        const id = await named.create({ collection: made.logicalName, data: { new_name: "Named" } });
        const found = await named.retrieve({ collection: made.logicalName, key: id, select: ["new_name"] });
        assert.equal(found.new_name, "Named");
    };
};
