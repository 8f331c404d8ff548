from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0004_chain_check_progress'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='sources',
            field=models.JSONField(default=list, help_text="Ids of versions whose text is in it besides the base's: their writers contribute to what it becomes."),
        ),
    ]
